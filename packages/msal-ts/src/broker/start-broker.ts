/**
 * Whether there is a broker to ask, decided once for each client.
 *
 * @module
 */
import { type Call, type Client, withSignal } from "../call.js";
import { describe } from "../describe.js";
import { MsalError } from "../errors.js";
import { orAbort, withinTimeout } from "../http/abort.js";
import type { Broker } from "./broker.js";

interface HeldPassword {
  readonly password: string;
}

/** A broker that can be used. */
export interface StartedBroker {
  readonly broker: Broker;
  /** Passwords that are with it, and in no log line of it; one for each time that it was given one. */
  readonly passwords: Set<HeldPassword>;
}

/** The client's broker, started when it is first needed; undefined if there is none to use, and the log has said why. */
export async function startedBroker(call: Call): Promise<StartedBroker | undefined> {
  const { client } = call;
  if (!client.allowBroker) return undefined;
  client.startedBroker ??= start(client, call);
  return orAbort(client.startedBroker, call.signal);
}

async function start(client: Client, call: Call): Promise<StartedBroker | undefined> {
  const { broker, logger, timeout } = client;
  const { kind } = client.authorityUrl;
  if (kind !== "entra") {
    logger.info(
      `No broker is used: brokers sign in with Microsoft Entra, and the authority is one of ${kind.toUpperCase()}.`,
    );
    return undefined;
  }
  if (broker === undefined) {
    logger.info(
      "No broker is used: allowBroker is set, but not the option broker. On Windows, macOS and Linux, nativeBroker makes one of the plugin of @azure/msal-node-extensions.",
    );
    return undefined;
  }
  const passwords = new Set<HeldPassword>();
  const tell = (level: "debug" | "error") => (message: string) =>
    logger[level](`Broker: ${withoutSecrets(wordsOf(message), passwords)}`);
  const options = {
    clientId: client.clientId,
    enablePiiLog: client.piiLog,
    logger: { debug: tell("debug"), error: tell("error") },
  };
  const timedOut = () => new MsalError("timeout", `it did not start within ${timeout} ms`);
  try {
    // Whoever called first may leave; the others still wait for it.
    await withinTimeout(withSignal(call, undefined), timeout, timedOut, async () =>
      broker.start(options),
    );
  } catch (error) {
    const reason = wordsOf(error instanceof Error ? error.message : describe(error));
    logger.warn(`No broker is used: it does not start (${withoutSecrets(reason, passwords)}).`);
    return undefined;
  }
  logger.debug("The broker is started.");
  return { broker, passwords };
}

/** A broker may say anything, and throw it. */
function wordsOf(said: unknown): string {
  return typeof said === "string" ? said : describe(said);
}

/** What a broker says, without the password that it was given, as it is or as JSON. */
export function withoutPassword(message: string, password: string): string {
  const json = JSON.stringify(password).slice(1, -1);
  return message.replaceAll(json, "***").replaceAll(password, "***");
}

/** Shortest run of characters that may be a token. GUIDs are shorter. */
const OPAQUE = /[\w+/=.~-]{40,}/g;

/** A line of a broker, without what may be a token or a password. */
function withoutSecrets(message: string, passwords: ReadonlySet<HeldPassword>): string {
  let rest = message;
  for (const { password } of passwords) rest = withoutPassword(rest, password);
  return rest
    .replace(OPAQUE, "***")
    .replace(/((?:password|secret|token|code|assertion)["']?\s*[=:]\s*["']?)[^\s"',;]+/gi, "$1***");
}
