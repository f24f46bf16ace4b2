/**
 * What goes wrong with Redis, in words that hold nothing of what was sent.
 *
 * @module
 */
import { MsalError } from "msal-ts";

/** What to do, by the code that an error reply begins with. */
const REMEDIES: Readonly<Record<string, string>> = {
  CLUSTERDOWN: "A part of the cluster has no master; it may elect one by itself.",
  LOADING: "The server has just been started, and reads its data.",
  MASTERDOWN: "The replica has lost its master.",
  NOAUTH: "The client has to sign in: give it username and password.",
  NOPERM:
    "The client's user needs the commands HGETALL, HGET, HSET, HDEL, DEL, EXPIREAT, PERSIST, TIME, EVAL, EVALSHA and SCAN, on keys that begin with the store's prefix.",
  OOM: "The server's memory is full: raise its maxmemory, or let it evict with a policy such as volatile-ttl.",
  READONLY: "The client is connected to a replica, which takes no writes.",
  WRONGPASS: "The server does not know the client's username and password.",
  WRONGTYPE: "Somebody else uses the same keys: give the store a prefix of its own.",
};

/**
 * An error of the client's or the server's as one of ours. Without the message, and without the cause:
 * servers quote in it what was sent, and clients append the command with its arguments.
 */
export function storeError(error: unknown): MsalError {
  if (error instanceof MsalError) return error;
  const code = replyCode(error);
  const remedy = code && REMEDIES[code];
  return new MsalError(
    "store_error",
    `Redis failed: ${code ?? kindOf(error)}.${remedy ? ` ${remedy}` : ""}`,
  );
}

/** Whether the server has not got the script that it was to run. */
export function isUnknownScript(error: unknown): boolean {
  return replyCode(error) === "NOSCRIPT";
}

/** Whether the server has refused a command, so that it does not happen later. */
export function isReply(error: unknown): boolean {
  return replyCode(error) !== undefined;
}

/** The word in capitals that an error reply begins with. */
function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return /^([A-Z]{2,16})(?: |$)/.exec(error.message)?.[1];
}

/** The system's code (`ECONNREFUSED`), or the name of the client's own error. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return "for no reason that it gave";
  const { code } = error as { code?: unknown };
  const name = error.name === "Error" ? error.constructor.name : error.name;
  return typeof code === "string" && /^\w+$/.test(code) ? code : name;
}
