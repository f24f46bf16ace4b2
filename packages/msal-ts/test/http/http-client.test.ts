/**
 * An `httpClient` of the caller's: whatever it does, a call ends with a token or an `MsalError`.
 */
import {
  type HttpClient,
  type HttpInit,
  MsalError,
  MsalServiceError,
  PublicClientApplication,
} from "msal-ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLIENT_ID, clientOf, MEGABYTE, rejection, SCOPES, TOKENS } from "./setup.js";

const AUTHORITY = "https://login.microsoftonline.com/c0a7050c-0000-4000-8000-000000000001";
const headers = new Headers();

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => {
  process.on("unhandledRejection", note);
});
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

const clientWith = (httpClient: unknown, timeout?: number) =>
  clientOf({ authority: AUTHORITY }, { httpClient: httpClient as HttpClient, timeout });
const ask = (httpClient: unknown) => clientWith(httpClient).acquireTokenForClient(SCOPES);

test("is called as fetch is, with what a fetch needs", async () => {
  const calls: unknown[][] = [];
  const httpClient = async (...parameters: [string, HttpInit]) => {
    calls.push(parameters);
    return Response.json(TOKENS);
  };

  expect(await ask(httpClient)).toHaveProperty("access_token");

  expect(calls).toEqual([
    [
      `${AUTHORITY}/oauth2/v2.0/token`,
      expect.objectContaining({
        method: "POST",
        redirect: "manual",
        body: expect.stringContaining("grant_type=client_credentials"),
        headers: expect.objectContaining({ "content-type": "application/x-www-form-urlencoded" }),
        signal: expect.any(AbortSignal),
      }),
    ],
  ]);
});

test("needs no more than status, headers.get and text", async () => {
  const answer = {
    status: 200,
    headers: { get: () => null },
    text: async () => JSON.stringify(TOKENS),
  };

  expect(await ask(async () => answer)).toHaveProperty("access_token");
});

test.for<[string, unknown]>([
  ["undefined", undefined],
  ["null", null],
  ["text", '{"access_token":"x"}'],
  ["a number", 200],
  ["tokens", TOKENS],
  ["an empty object", {}],
  ["an answer of axios", { status: 200, headers: {}, data: TOKENS }],
  ["a status that is text", { status: "200", headers, text: async () => "{}" }],
  ["a status that is none", { status: Number.NaN, headers, text: async () => "{}" }],
  ["text that is no function", { status: 200, headers, text: "{}" }],
  ["no headers", { status: 200, text: async () => "{}" }],
  ["headers without get", { status: 200, headers: {}, text: async () => "{}" }],
  ["text() of undefined", { status: 200, headers, text: async () => undefined }],
  ["text() of null", { status: 200, headers, text: async () => null }],
  ["text() of an object", { status: 200, headers, text: async () => TOKENS }],
  ["text() of a Buffer", { status: 200, headers, text: async () => Buffer.from("{}") }],
])("that resolves to %s is told what is expected", async ([, answer]) => {
  const error = await rejection(ask(async () => answer));

  expect(error).toBeInstanceOf(MsalError);
  expect(error).toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("httpClient"),
  });
});

test.for([
  [
    "a Map for headers",
    { status: 200, headers: new Map(), text: async () => JSON.stringify(TOKENS) },
  ],
  ["text() that is not a promise", { status: 200, headers, text: () => JSON.stringify(TOKENS) }],
] as const)("that resolves to %s will do", async ([, answer]) => {
  expect(await ask(async () => answer)).toHaveProperty("access_token");
});

test("that returns no promise will do", async () => {
  expect(await ask(() => Response.json(TOKENS))).toHaveProperty("access_token");
});

test.for<[string, unknown]>([
  ["undefined", undefined],
  ["null", null],
  ["a string", "no"],
  ["an empty string", ""],
  ["a number", 42],
  ["a symbol", Symbol("no")],
  ["an object", { message: "no" }],
  ["an object without prototype", Object.create(null)],
  ["an error without a message", new Error()],
  ["an error whose message is no text", Object.assign(new Error(), { message: { a: 1 } })],
  ["an error with a numeric code", Object.assign(new Error("no"), { code: 42 })],
  ["an error that is frozen", Object.freeze(new Error("no"))],
  ["an error that is its own cause", Object.assign(new Error("no"), { cause: undefined })],
  ["an AggregateError", new AggregateError([new Error("a")], "")],
  ["an AbortError of its own", new DOMException("mine", "AbortError")],
])("that throws %s is a network error, now or later", async ([, thrown]) => {
  const throws = [
    () => {
      throw thrown;
    },
    async () => {
      throw thrown;
    },
    async () => ({ status: 200, headers, text: () => Promise.reject(thrown) }),
  ];
  for (const httpClient of throws) {
    const error = await rejection(ask(httpClient));
    expect(error).toBeInstanceOf(MsalError);
    expect(error).toMatchObject({ code: "network_error", cause: expect.any(Error) });
    expect((error as Error).message).not.toContain("[object");
  }
});

describe("that ignores the signal", () => {
  const never = new Promise<never>(() => {});
  const late = () =>
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error("too late")), 60);
    });

  test.for<[string, unknown]>([
    ["never answers", () => never],
    ["answers too late", late],
    ["never ends its answer", async () => ({ status: 200, headers, text: () => never })],
    ["ends its answer too late", async () => ({ status: 200, headers, text: late })],
  ])("and %s is left behind when the time is up", async ([, httpClient]) => {
    const error = await rejection(clientWith(httpClient, 30).acquireTokenForClient(SCOPES));

    expect(error).toMatchObject({ code: "timeout" });
  });

  test.for<[string, unknown]>([
    ["never answers", () => never],
    ["never ends its answer", async () => ({ status: 200, headers, text: () => never })],
  ])("and %s is left behind when its caller leaves", async ([, httpClient]) => {
    const controller = new AbortController();
    const { signal } = controller;
    const call = rejection(clientWith(httpClient).acquireTokenForClient(SCOPES, { signal }));
    await new Promise((resolve) => setTimeout(resolve, 10));

    controller.abort("gone");

    expect(await call).toBe("gone");
  });
});

test("sees the timeout in its signal", async () => {
  let seen: AbortSignal | undefined;
  const httpClient: HttpClient = (_url, { signal }) =>
    new Promise((_, reject) => {
      seen = signal;
      signal.addEventListener("abort", () => reject(signal.reason));
    });

  const error = await rejection(clientWith(httpClient, 30).acquireTokenForClient(SCOPES));

  expect(error).toMatchObject({ code: "timeout" });
  expect(seen?.aborted).toBe(true);
});

test("who gives up before the call has waited for anything has redeemed no code", async () => {
  let calls = 0;
  const httpClient: HttpClient = async () => {
    calls++;
    return Response.json(TOKENS);
  };
  const app = new PublicClientApplication(CLIENT_ID, { authority: AUTHORITY, httpClient });
  const controller = new AbortController();
  const flow = { authUri: "https://x", state: "s", codeVerifier: "v", nonce: "n" };
  const { signal } = controller;

  const call = app.acquireTokenByAuthCodeFlow(flow, { state: "s", code: "c" }, { signal });
  controller.abort("gone");

  await expect(call).rejects.toBe("gone");
  expect(calls).toBe(0);
});

test("is not asked for the text of an answer that says it is too long", async () => {
  let read = false;
  const error = await rejection(
    ask(async () => ({
      status: 200,
      headers: new Headers({ "content-length": String(2 * MEGABYTE) }),
      text: async () => {
        read = true;
        return "";
      },
    })),
  );

  expect(error).toBeInstanceOf(MsalServiceError);
  expect(error).toMatchObject({ code: "invalid_response" });
  expect(read).toBe(false);
});

test.for(["1", "abc", "-5", ""])("may lie about the length of its answer: %j", async (length) => {
  const answer = {
    status: 200,
    headers: new Headers({ "content-length": length }),
    text: async () => JSON.stringify(TOKENS),
  };

  expect(await ask(async () => answer)).toHaveProperty("access_token");
});

test("may not hand over more than a megabyte without saying so", async () => {
  const answer = { status: 200, headers, text: async () => "x".repeat(MEGABYTE + 1) };

  expect(await rejection(ask(async () => answer))).toMatchObject({ code: "invalid_response" });
});

test("cannot change the next request through what it was handed", async () => {
  const seen: string[] = [];
  const app = clientWith(async (_url: string, init: HttpInit) => {
    seen.push(init.headers["x-client-sku"] ?? "");
    for (const name of Object.keys(init.headers)) init.headers[name] = "changed";
    return Response.json(TOKENS);
  });

  await app.acquireTokenForClient(["api://1/.default"]);
  await app.acquireTokenForClient(["api://2/.default"]);

  expect(seen).toEqual(["MSAL.TypeScript", "MSAL.TypeScript"]);
});
