import { connect, createServer, Server } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, onTestFinished, test } from "vitest";
import { listens, parameter, redirectWith, type Visit, visit } from "../flows/interactive-setup.js";
import { setupScript, userTokens } from "../setup.js";

const TOKENS = { body: userTokens({ id_token: undefined }) };
const CODE = "a-code-of-this-test";

const portOf = (url: string) => Number(new URL(parameter(url, "redirect_uri")).port);
const honest = (url: string) => redirectWith(url, { code: CODE, state: parameter(url, "state") });

/** A sign-in whose browser, before the answer comes, does what it is told. */
async function signIn(meanwhile: (url: string) => Promise<unknown>, options: object = {}) {
  const { desktopApp, requests, log } = setupScript(TOKENS);
  const pages: Promise<Visit>[] = [];
  let port = 0;
  const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
    openBrowser: async (url) => {
      port = portOf(url);
      await meanwhile(url);
      pages.push(visit(honest(url)));
    },
    ...options,
  });
  const [page] = await Promise.all(pages);
  return { result, page, port, requests, log };
}

describe("only the answer ends the wait", () => {
  // What comes first, how it is answered, and that the sign-in ends well all the same.
  const hostile: [string, (url: string) => ReturnType<typeof visit>, number][] = [
    ["a favicon", (url) => visit(honest(url), { path: "/favicon.ico" }), 404],
    ["nothing to say", (url) => visit(honest(url), { path: "/" }), 400],
    ["a code without a state", (url) => visit(redirectWith(url, { code: "stolen" })), 400],
    ["a wrong state", (url) => visit(redirectWith(url, { code: "stolen", state: "wrong" })), 400],
    [
      "an error with a wrong state",
      (url) => visit(redirectWith(url, { error: "x", state: "" })),
      400,
    ],
    ["an abort without a state", (url) => visit(redirectWith(url, { error: "abort" })), 400],
    ["two states", (url) => visit(`${honest(url)}&state=wrong`), 400],
    [
      "a blank code",
      (url) => visit(redirectWith(url, { code: "", state: parameter(url, "state") })),
      400,
    ],
    ["a POST", (url) => visit(honest(url), { method: "POST" }), 405],
    ["a HEAD", (url) => visit(honest(url), { method: "HEAD" }), 405],
    ["an OPTIONS", (url) => visit(honest(url), { method: "OPTIONS" }), 405],
    ["another path", (url) => visit(honest(url).replace("/?", "/callback?")), 404],
    [
      "a path of two slashes",
      (url) => visit(honest(url), { path: `/${pathOf(honest(url))}` }),
      404,
    ],
    ["an absolute URL", (url) => visit(honest(url), { path: honest(url) }), 404],
    ["another Host", (url) => visit(honest(url), { headers: { host: "evil.example" } }), 400],
    [
      "a Host that begins alike",
      (url) => visit(honest(url), { headers: { host: "localhost.evil.example" } }),
      400,
    ],
    ["a Host with a user", (url) => visit(honest(url), { headers: { host: "a@localhost" } }), 400],
    ["a query of 1 MB", (url) => visit(`${honest(url)}&x=${"x".repeat(1024 * 1024)}`), 431],
  ];

  test.for(hostile)("flows X-18, B-3, B-6: %s", async ([, attempt, status]) => {
    let answered: Visit | undefined;

    const { result, page, requests } = await signIn(async (url) => {
      answered = await attempt(url);
    });

    expect(answered?.status).toBe(status);
    expect(answered?.body).not.toContain("Signed in");
    expect(result).toMatchObject({ token_type: "Bearer" });
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining("Signed in") });
    expect(requests.map(({ form }) => form.code)).toEqual([CODE]);
  });

  test("flows B-3: whoever does not know the state is shown nothing of what they sent", async () => {
    let answered: Visit | undefined;

    await signIn(async (url) => {
      const forged = {
        error: "<script>alert(1)</script>",
        error_description: "call 555",
        state: "x",
      };
      answered = await visit(redirectWith(url, forged));
    });

    expect(answered?.body).toContain("not the answer to the sign-in");
    expect(answered?.body).not.toMatch(/script|555/);
  });

  test("all three names of this computer are taken for it", async () => {
    for (const host of ["127.0.0.1", "[::1]", "LOCALHOST"]) {
      const answered = await signIn(async (url) => {
        const headers = { host: `${host}:${portOf(url)}` };
        expect(await visit(honest(url), { path: "/favicon.ico", headers })).toMatchObject({
          status: 404,
        });
      });
      expect(answered.result).toMatchObject({ token_type: "Bearer" });
    }
  });

  test("of two answers at once the first counts, and its code is redeemed once", async () => {
    const { desktopApp, requests } = setupScript(TOKENS);
    let answers: Promise<(Visit | undefined)[]> | undefined;

    const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
      openBrowser: (url) => {
        const second = redirectWith(url, { code: "second", state: parameter(url, "state") });
        // The one that comes too late is turned away, or finds nobody there any more.
        const tolerant = (to: string) => visit(to).catch(() => undefined);
        answers = Promise.all([tolerant(honest(url)), tolerant(second)]);
      },
    });

    const successes = (await answers)?.filter((shown) => shown?.status === 200);
    expect(successes).toHaveLength(1);
    expect(result).toMatchObject({ token_type: "Bearer" });
    expect(requests).toHaveLength(1);
  });

  test("an answer that is complete only after another one has counted is turned away", async () => {
    const { desktopApp } = setupScript(TOKENS);
    // So long that it is still under way when the other one is complete.
    const successPage = "x".repeat(16 * 1024 * 1024);
    const late: Promise<string>[] = [];

    await desktopApp().acquireTokenInteractive(["User.Read"], {
      successPage,
      openBrowser: async (url) => {
        const second = connect(portOf(url), "127.0.0.1");
        late.push(
          new Promise((resolve) => second.once("data", (data) => resolve(data.toString()))),
        );
        second.write(`GET ${pathOf(honest(url))} HTTP/1.1\r\nHost: localhost\r\n`);
        const first = connect(portOf(url), "127.0.0.1");
        first.write(`GET ${pathOf(honest(url))} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
        first.once("readable", () => second.write("\r\n"));
        first.on("error", () => {});
        second.on("error", () => {});
        onTestFinished(() => {
          first.destroy();
          second.destroy();
        });
      },
    });

    expect((await late[0])?.split("\r\n")[0]).toBe("HTTP/1.1 400 Bad Request");
  });

  test("an answer with two codes ends the wait, shows no success, and is refused (RFC 6749 §3.1)", async () => {
    const { desktopApp } = setupScript();
    let shown: Promise<Visit> | undefined;

    const refused = desktopApp().acquireTokenInteractive(["User.Read"], {
      openBrowser: (url) => {
        shown = visit(`${honest(url)}&code=another`);
      },
    });

    await expect(refused).rejects.toMatchObject({ code: "invalid_auth_response" });
    expect((await shown)?.body).toContain("Not signed in");
  });
});

test("connections that say nothing, or say it slowly, hold nobody up and are closed with the rest", async () => {
  const ended: Promise<unknown>[] = [];

  const { result, port } = await signIn(async (url) => {
    for (const beginning of ["", "GET /?code=", "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "]) {
      const socket = connect(portOf(url), "127.0.0.1");
      ended.push(new Promise((resolve) => socket.on("error", resolve).on("close", resolve)));
      socket.resume();
      // Browsers open connections ahead, and leave them silent.
      await new Promise((resolve) => socket.once("connect", resolve));
      if (beginning) await new Promise((resolve) => socket.write(beginning, resolve));
    }
  });

  expect(result).toMatchObject({ token_type: "Bearer" });
  await Promise.all(ended);
  expect(await listens(port)).toBe(false);
});

test("a page is sent to its end, however long it is", async () => {
  const successPage = `<html>${"x".repeat(16 * 1024 * 1024)}</html>`;

  const { page } = await signIn(async () => {}, { successPage });

  expect(page?.body.length).toBe(successPage.length);
});

test("a page is not kept, not sniffed, runs nothing, loads nothing and tells no other page where it was", async () => {
  const { page } = await signIn(async () => {});

  expect(page?.headers).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": expect.stringMatching(
      /^default-src 'none';.*frame-ancestors 'none'$/,
    ),
  });
  expect(page?.headers["content-security-policy"]).not.toContain("script-src");
});

describe("templates", () => {
  test("$name, in braces or not, becomes the parameter, $$ a dollar, and what is unknown stays", async () => {
    const successPage = `<html>$$5 $code \${code}s $nothing \${nothing} $ $1 \${} café</html>`;

    const { page } = await signIn(async () => {}, { successPage });

    expect(page?.body).toBe(`<html>$5 ${CODE} ${CODE}s $nothing \${nothing} $ $1 \${} café</html>`);
  });

  // Flows B-2 and the test of later releases of the reference.
  test.for([
    ["<tag>foo</tag>", "&#60;tag&#62;foo&#60;/tag&#62;"],
    [`"'\`&`, "&#34;&#39;&#96;&#38;"],
    ["$state $$", "$state $$"],
  ] as const)("flows B-2: %s is escaped", async ([error, escaped]) => {
    const { desktopApp } = setupScript();
    let shown: Promise<Visit> | undefined;

    await desktopApp().acquireTokenInteractive(["User.Read"], {
      errorPage: "<html>$error|$error_description|$error_uri</html>",
      openBrowser: (url) => {
        shown = visit(redirectWith(url, { error, state: parameter(url, "state") }));
      },
    });

    expect((await shown)?.body).toBe(`<html>${escaped}||</html>`);
  });
});

test("neither code nor state is in the log", async () => {
  let state = "";

  const { log } = await signIn(async (url) => {
    state = parameter(url, "state");
    await visit(redirectWith(url, { code: "stolen-code", state: "wrong-state" }));
  });

  const all = JSON.stringify(log);
  for (const word of [state, CODE, "stolen-code", "wrong-state"]) expect(all).not.toContain(word);
  expect(all).toContain("turned away");
});

const ipv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
);

describe.runIf(ipv6)("on both loopback addresses", () => {
  test.for(["127.0.0.1", "::1"])("the answer may come to %s", async (host) => {
    const { desktopApp } = setupScript(TOKENS);

    const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
      openBrowser: async (url) => void (await visit(honest(url), { host })),
    });

    expect(result).toMatchObject({ token_type: "Bearer" });
  });

  test("a given port that somebody else has on ::1 is refused: the browser would go there", async () => {
    const { desktopApp } = setupScript();
    const taken = await occupy(0);

    const refused = desktopApp().acquireTokenInteractive(["User.Read"], { port: taken });

    await expect(refused).rejects.toMatchObject({
      code: "browser_error",
      message: expect.stringContaining(`port ${taken}`),
    });
    expect(await listens(taken)).toBe(false);
  });

  test("a free port that somebody else has on ::1 is left to them, and another is taken", async () => {
    const { desktopApp } = setupScript(TOKENS);
    const tried: number[] = [];
    beforeListening(async (host, port) => {
      if (host !== "::1") return;
      tried.push(port);
      if (tried.length === 1) await occupy(port);
    });
    let used = 0;

    const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
      openBrowser: async (url) => {
        used = portOf(url);
        await visit(honest(url), { host: "::1" });
      },
    });

    expect(result).toMatchObject({ token_type: "Bearer" });
    expect(tried).toHaveLength(2);
    expect(used).toBe(tried[1]);
    expect(await listens(tried[0] ?? 0)).toBe(false);
  });
});

test("where there is no IPv6, 127.0.0.1 alone will do", async () => {
  const { desktopApp } = setupScript(TOKENS);
  beforeListening(async (host) => {
    if (host === "::1") throw Object.assign(new Error("no IPv6"), { code: "EADDRNOTAVAIL" });
  });

  const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
    openBrowser: async (url) => void (await visit(honest(url))),
  });

  expect(result).toMatchObject({ token_type: "Bearer" });
});

test("a free port that the system keeps for itself on ::1 is left to it, and another is taken", async () => {
  const { desktopApp } = setupScript(TOKENS);
  const tried: number[] = [];
  beforeListening(async (host, port) => {
    if (host !== "::1" || tried.push(port) > 1) return;
    throw Object.assign(new Error("reserved"), { code: "EACCES" });
  });
  let used = 0;

  const result = await desktopApp().acquireTokenInteractive(["User.Read"], {
    openBrowser: async (url) => {
      used = portOf(url);
      await visit(honest(url));
    },
  });

  expect(result).toMatchObject({ token_type: "Bearer" });
  expect(used).toBe(tried[1]);
});

test("where nothing may listen at all, no port is to blame", async () => {
  const { desktopApp } = setupScript();
  beforeListening(async () => {
    throw Object.assign(new Error("not here"), { code: "EACCES" });
  });

  const refused = desktopApp().acquireTokenInteractive(["User.Read"]);

  await expect(refused).rejects.toMatchObject({
    code: "browser_error",
    message: expect.stringMatching(/cannot listen on localhost \(EACCES\)/),
  });
});

test("a port that this user must not use is an argument that is wrong", async () => {
  const { desktopApp } = setupScript();
  beforeListening(async () => {
    throw Object.assign(new Error("not for you"), { code: "EACCES" });
  });

  const refused = desktopApp().acquireTokenInteractive(["User.Read"], { port: 80 });

  await expect(refused).rejects.toMatchObject({
    code: "invalid_argument",
    message: expect.stringMatching(/port .* 80, .* use 0/),
  });
});

/** Another program on ::1. */
async function occupy(port: number): Promise<number> {
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => REAL_LISTEN.call(server, port, "::1", () => resolve()));
  return (server.address() as { port: number }).port;
}

const REAL_LISTEN = Server.prototype.listen as (
  this: Server,
  port: number,
  host: string,
  done: () => void,
) => Server;

/** Lets the operating system be otherwise than it is: what is thrown here, listening fails with. */
function beforeListening(happens: (host: string, port: number) => Promise<void>): void {
  const real = Server.prototype.listen as (...args: unknown[]) => Server;
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    const [{ host, port }] = args as [{ host: string; port: number }];
    happens(host, port).then(
      () => real.apply(this, args),
      (error) => this.emit("error", error),
    );
    return this;
  } as typeof Server.prototype.listen;
  onTestFinished(() => {
    Server.prototype.listen = real as typeof Server.prototype.listen;
  });
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}
