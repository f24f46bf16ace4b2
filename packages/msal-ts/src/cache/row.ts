/**
 * Rows in memory: what was stored, and what look-ups compare of it.
 *
 * @module
 */
import { isBoundType } from "./keys.js";
import { type CacheEntry, type CredentialType, folded, text, wholeSeconds } from "./schema.js";

/** A row of the unified schema, and where it is kept. */
export interface Row {
  readonly type: CredentialType;
  /** Our key for it, or the one that another library gave it. */
  readonly key: string;
  readonly entry: CacheEntry;
  /** The row of the same home account that came before it, as long as nobody looked at either. */
  before: Row | undefined;
}

/** A row as it is kept. */
export function rowOf(type: CredentialType, key: string, entry: CacheEntry): Row | AccessRow {
  return type === "AccessToken"
    ? new AccessRow(key, entry)
    : { type, key, entry, before: undefined };
}

/** An access token. What look-ups compare is computed when the first one comes. */
export class AccessRow implements Row {
  readonly type = "AccessToken";
  readonly key: string;
  readonly entry: CacheEntry;
  before: Row | undefined;
  /** Somebody was given the token since its turn to leave came last. */
  used = false;
  #facts: Facts | undefined;

  constructor(key: string, entry: CacheEntry) {
    this.key = key;
    this.entry = entry;
  }

  /** Scopes in lower case. */
  get scopes(): ReadonlySet<string> {
    return this.#read().scopes;
  }

  /** Seconds since the epoch; 0 when the row does not say. */
  get expiresOn(): number {
    return this.#read().expiresOn;
  }

  /** When it should be renewed although it is valid; absent when nobody said. */
  get refreshOn(): number | undefined {
    return this.#read().refreshOn;
  }

  /** Key that it is bound to; `""` when it is bound and the row does not say to which. */
  get keyId(): string | undefined {
    return this.#read().keyId;
  }

  /** SHA-256 of the assertion it was exchanged for; absent for any other grant. */
  get assertionHash(): string | undefined {
    // msal-node's name for it is the second one.
    return text(this.entry.user_assertion_hash) ?? text(this.entry.userAssertionHash);
  }

  #read(): Facts {
    this.#facts ??= factsOf(this.entry);
    return this.#facts;
  }
}

interface Facts {
  readonly scopes: ReadonlySet<string>;
  readonly expiresOn: number;
  readonly refreshOn: number | undefined;
  readonly keyId: string | undefined;
}

function factsOf(entry: CacheEntry): Facts {
  const keyId = text(entry.key_id);
  const named = entry.credential_type !== "AccessToken" || isBoundType(folded(entry.token_type));
  return {
    scopes: new Set((text(entry.target) ?? "").toLowerCase().split(/\s+/)),
    expiresOn: wholeSeconds(entry.expires_on) ?? 0,
    refreshOn: wholeSeconds(entry.refresh_on),
    keyId: named || keyId !== undefined ? (keyId ?? "") : undefined,
  };
}
