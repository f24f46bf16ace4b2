/**
 * Keys in the operating system's keyring: Keychain on macOS, Credential Manager on Windows, the Secret
 * Service (GNOME Keyring, KWallet) on Linux. What reaches it, `@napi-rs/keyring`, is loaded when it is used.
 *
 * @module
 */
import { type EncryptionKey, MsalError } from "msal-ts";
import { codeOf, describe } from "./describe.js";
import type { KeySource } from "./key-source.js";
import { newKey, parseKeys } from "./key-text.js";

/** Keys that stay in the keyring when a new one is put first. */
const KEPT = 4;

/** Where in the keyring a key is. */
export interface KeyringOptions {
  /** Name of your application, as the keyring shows it to the user. */
  service: string;
  /** What tells several keys of one application apart. @defaultValue the path of the cache file */
  account?: string | undefined;
}

/**
 * Takes the key from the operating system's keyring, and puts one there when the file is new. Needs the
 * package `@napi-rs/keyring`.
 *
 * @throws {@link MsalError} `invalid_argument`. When a key is needed, `missing_dependency`, or `store_error` if
 * there is no keyring in this session; their messages say what to do.
 */
export function keyFromKeyring(options: KeyringOptions): KeySource {
  const { service, account } = checkOptions(options);
  return async ({ path, create }) => {
    const entry = await openEntry(service, account ?? path);
    const keys = await readKeys(entry, service);
    if (keys.length > 0 || !create) return keys;
    await attempt(() => entry.setPassword(newKey()));
    // What is there now counts: somebody with another file may have put theirs there.
    return readKeys(entry, service);
  };
}

/**
 * Puts a new key before the one in the keyring. Stores encrypt with it from their next start, and with their
 * next write all that they have; up to three former keys stay to decrypt with. Call it from one process.
 *
 * @throws {@link MsalError} as {@link keyFromKeyring}; `store_error` when there is no key yet.
 */
export async function rotateKeyringKey(
  options: KeyringOptions & {
    /** As above; here there is no file it could be taken from. */
    account: string;
  },
): Promise<void> {
  const { service, account } = checkOptions(options);
  if (account === undefined) {
    throw new MsalError(
      "invalid_argument",
      "account must be a string; for a key that is named after its file, the file's absolute path.",
    );
  }
  const entry = await openEntry(service, account);
  const keys = await readKeys(entry, service);
  if (keys.length === 0) {
    throw new MsalError(
      "store_error",
      `The keyring holds no key of ${JSON.stringify(service)} under ${JSON.stringify(account)}: there is nothing to rotate.`,
    );
  }
  const former = keys.slice(0, KEPT - 1).map(({ key }) => Buffer.from(key).toString("base64"));
  await attempt(() => entry.setPassword([newKey(), ...former].join(" ")));
}

/** What we use of an entry of the keyring. */
interface Entry {
  getPassword(): Promise<string | null | undefined>;
  setPassword(password: string): Promise<void>;
}

async function openEntry(service: string, account: string): Promise<Entry> {
  let module: typeof import("@napi-rs/keyring");
  try {
    module = await import("@napi-rs/keyring");
  } catch (error) {
    const isMissing = codeOf(error) === "ERR_MODULE_NOT_FOUND";
    throw new MsalError(
      "missing_dependency",
      isMissing
        ? "The key of the token cache is in the operating system's keyring, and what reaches it is not installed: npm i @napi-rs/keyring"
        : `The package @napi-rs/keyring cannot be loaded here (${codeOf(error) ?? "no code"}); is there a build of it for ${process.platform} ${process.arch}? ${ELSE}`,
      { cause: error },
    );
  }
  // Without this it falls back to the kernel's keyring, which forgets everything when the user logs out.
  return attempt(
    () => new module.AsyncEntry(service, account, { linux: { store: "secret-service" } }),
  );
}

const ELSE =
  'Where there is none: keyFromEnvironment(), a function of your own as encryption.keys, or, for tokens in the clear, encryption: "none".';

async function readKeys(entry: Entry, service: string): Promise<readonly EncryptionKey[]> {
  const text = await attempt(() => entry.getPassword());
  const keys = parseKeys(text ?? "");
  if (keys !== undefined) return keys;
  throw new MsalError(
    "store_error",
    `What the keyring holds under ${JSON.stringify(service)} is no key of a token cache: choose another service or account.`,
  );
}

/** The keyring's own message names what it could not do, never what it holds. */
async function attempt<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 120) : describe(error);
    throw new MsalError(
      "store_error",
      `The operating system's keyring cannot be used: ${JSON.stringify(reason)}. On Linux it takes a Secret Service, such as gnome-keyring, that runs and is unlocked in this D-Bus session. ${ELSE}`,
    );
  }
}

function checkOptions(options: unknown): KeyringOptions {
  if (typeof options !== "object" || options === null) {
    throw new MsalError(
      "invalid_argument",
      `options must be an object, { service, account? }; it is ${describe(options)}.`,
    );
  }
  for (const name of Object.keys(options)) {
    if (name === "service" || name === "account") continue;
    throw new MsalError(
      "invalid_argument",
      `There is no option ${JSON.stringify(name)}. The options are service, account.`,
    );
  }
  const { service, account } = options as Partial<KeyringOptions>;
  if (typeof service !== "string" || service === "") {
    throw new MsalError(
      "invalid_argument",
      `The option service must be the name of your application; it is ${describe(service)}.`,
    );
  }
  if (account !== undefined && (typeof account !== "string" || account === "")) {
    throw new MsalError(
      "invalid_argument",
      `The option account must be a string; it is ${describe(account)}.`,
    );
  }
  return { service, account };
}
