/**
 * Who checks a user's password: Microsoft Entra itself, or a federation server of the user's company.
 *
 * @module
 */
import { type Call, now } from "../call.js";
import { fetchDocument } from "../http/document.js";
import type { HttpAnswer, HttpRequest } from "../http/http-request.js";
import { jsonObject, unexpected } from "../http/json.js";

/** What is known of a federated user. */
export interface Federation {
  /** Where the federation server describes itself (MEX); absent when it is not known. */
  metadataUrl: string | undefined;
  /** Where it takes passwords, if it does not describe itself. */
  activeAuthUrl: string | undefined;
  /** Whom its assertions are to be for. */
  audience: string;
}

const DEFAULT_AUDIENCE = "urn:federation:MicrosoftOnline";

/** Seconds that a host without user realms is remembered as one. */
const REMEMBERED = 86_400;

/** Seconds that a user's realm is believed: companies move their sign-in by hand, and see it work. */
const LIFETIME = 3600;

/**
 * The federation that a user belongs to; undefined for everybody else, and where the host knows no user
 * realms, as B2C's do not.
 */
export async function discoverFederation(
  call: Call,
  username: string,
): Promise<Federation | undefined> {
  const { authorityUrl, hostsWithoutRealms } = call.client;
  const { protocol, host } = authorityUrl;
  if ((hostsWithoutRealms.get(host) ?? 0) > now(call)) return undefined;
  const users = `${protocol}//${host}/common/userrealm`;
  const request: HttpRequest = {
    method: "GET",
    url: `${users}/${encodeURIComponent(username)}?api-version=1.0`,
    shownUrl: `${users}/{username}`,
    headers: { accept: "application/json", "client-request-id": call.correlationId },
  };
  return fetchDocument(call, {
    request,
    // In our own memory: whoever names the federation server is sent the password.
    cache: call.client.memory,
    lifetime: LIFETIME,
    grace: 0,
    read(answer) {
      if (answer.status !== 404) return readRealm(request, answer);
      hostsWithoutRealms.set(host, now(call) + REMEMBERED);
      return undefined;
    },
    keeps: () => true,
  });
}

function readRealm(request: HttpRequest, answer: HttpAnswer): Federation | undefined {
  if (answer.status < 200 || answer.status > 299) {
    throw unexpected(request, answer, "is no user realm, which has the status 200");
  }
  const realm = jsonObject(request, answer);
  if (realm.account_type !== "Federated") return undefined;
  return {
    metadataUrl: text(realm.federation_metadata_url),
    activeAuthUrl: text(realm.federation_active_auth_url),
    audience: text(realm.cloud_audience_urn) ?? DEFAULT_AUDIENCE,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
