/**
 * `msal-ts`, driven through a case.
 *
 * @module
 */
import {
  type Account,
  type ClientApplication,
  ConfidentialClientApplication,
  type ConfidentialClientApplicationOptions,
  isTokenError,
  PublicClientApplication,
  SerializableTokenCache,
} from "msal-ts";
import { type Call, CLIENT, type Outcome, START, type WireCase } from "./case.js";
import type { Run } from "./recording-server.js";

const CLASSES = { PublicClientApplication, ConfidentialClientApplication };

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** What comes of each call of a case. */
export async function runOurs(wire: WireCase, { httpClient }: Run): Promise<Outcome[]> {
  let time = START;
  const background: Promise<unknown>[] = [];
  const tokenCache = new SerializableTokenCache();
  tokenCache.deserialize(wire.cache);
  const options = {
    ...wire.options,
    tokenCache,
    httpClient,
    waitUntil: (work: Promise<unknown>) => background.push(work),
    clock: {
      now: () => time,
      sleep: async (seconds: number) => {
        time += seconds;
      },
    },
  } as unknown as ConfidentialClientApplicationOptions;
  const results: unknown[] = [];
  const outcomes: Outcome[] = [];
  let app: ClientApplication | undefined;
  for (const step of wire.steps) {
    if ("advance" in step) {
      time += step.advance;
      continue;
    }
    const urls: string[] = [];
    try {
      app ??= new CLASSES[wire.class](CLIENT, options);
      const result = await call(app, step, results, urls);
      results.push(result);
      outcomes.push(describe(result, urls));
    } catch (error) {
      results.push(undefined);
      outcomes.push({ kind: "thrown", urls, error: `${error}`.slice(0, 500) });
    }
    await Promise.allSettled(background);
  }
  return outcomes;
}

function call(
  app: ClientApplication,
  { call: name, args, options, browser }: Call,
  results: readonly unknown[],
  urls: string[],
): Promise<unknown> {
  const method = (app as unknown as Methods)[name];
  if (method === undefined) throw new Error(`There is no method ${name}.`);
  const given = args.map((arg) => resolve(arg, results));
  const all = { ...options, ...(browser && { openBrowser: browse(browser, urls) }) };
  return method.call(app, ...given, ...(Object.keys(all).length > 0 ? [all] : []));
}

/** Puts what earlier steps returned in the place of what stands for it. */
function resolve(value: unknown, results: readonly unknown[]): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, results));
  if (typeof value !== "object" || value === null) return value;
  if ("$step" in value) {
    const result = results[value.$step as number] as Record<string, unknown> | undefined;
    return "member" in value ? result?.[value.member as string] : result;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, resolve(member, results)]),
  );
}

/** A browser: it brings an answer to where the URL says. */
function browse(answer: Readonly<Record<string, string>>, urls: string[]) {
  return (url: string): void => {
    urls.push(url);
    const query = new URL(url).searchParams;
    const came = new URLSearchParams({ ...answer, state: query.get("state") ?? "" });
    void fetch(`${query.get("redirect_uri")}?${came}`).then((response) => response.text());
  };
}

function describe(result: unknown, urls: readonly string[]): Outcome {
  if (typeof result === "string") return { kind: "url", urls: [result] };
  if (Array.isArray(result)) {
    const names = (result as Account[]).map(({ username }) => username);
    return { kind: `accounts: ${names.sort().join(", ")}`, urls };
  }
  if (typeof result !== "object" || result === null) return { kind: "nothing", urls };
  if ("authUri" in result) return { kind: "sign-in begun", urls: [`${result.authUri}`] };
  if (isTokenError(result)) return { kind: `refused: ${result.error}`, urls };
  return { kind: "user_code" in result ? "device code" : "tokens", urls };
}
