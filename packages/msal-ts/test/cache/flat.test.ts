import type { TokenEvent } from "msal-ts";
import { SerializableTokenCache } from "msal-ts";
import { describe, expect, test } from "vitest";
import { appToken, NOW, setup, signIn, TENANT } from "./setup.js";

const SCOPES = ["User.Read"];

/** How many of each there are beside those who are asked for. */
const [FEW, MANY] = [10, 10_000];

/** What a few steps may differ by; a walk over all rows takes a thousand times as many. */
const SLACK = 20;

const ITERATORS = [new Map().values(), new Set().values()].map(
  (iterator) => Object.getPrototypeOf(iterator) as { next(): unknown },
);

/** How many members of maps and sets are looked at. */
async function stepsOf(work: () => unknown): Promise<number> {
  let steps = 0;
  const undo = ITERATORS.map((prototype) => {
    const { next } = prototype;
    prototype.next = function (this: unknown) {
      steps++;
      return next.call(this);
    };
    return () => {
      prototype.next = next;
    };
  });
  try {
    await work();
  } finally {
    for (const each of undo) each();
  }
  return steps;
}

function user(i: number): TokenEvent {
  const claims = {
    preferred_username: `user${i}@contoso.example`,
    sub: `user${i}`,
    oid: `user${i}`,
  };
  return {
    ...signIn({ uid: `user${i}` }),
    response: { ...signIn({ uid: `user${i}` }).response, id_token_claims: claims },
  };
}

async function hashOf(assertion: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(assertion));
  return Buffer.from(bytes).toString("base64url");
}

type Grow = (cache: SerializableTokenCache, count: number) => void;

const GROWTHS: Record<string, Grow> = {
  "other users": (cache, count) => {
    for (let i = 0; i < count; i++) cache.add(user(i), NOW);
  },
  "assertions of the same user": (cache, count) => {
    for (let i = 0; i < count; i++) {
      cache.add({ ...user(1), user_assertion_hash: `assertion-${i}` }, NOW);
    }
  },
  "scopes of the same user and of the application": (cache, count) => {
    for (let i = 0; i < count / 2; i++) {
      cache.add({ ...user(1), scope: [`api://${i}/read`] }, NOW);
      cache.add(appToken({ scope: [`api://${i}/.default`] }), NOW);
    }
  },
  "tenants of the application": (cache, count) => {
    for (let i = 0; i < count; i++) cache.add(appToken({ tenant: `tenant-${i}` }), NOW);
  },
};

describe("how many rows a call looks at does not depend on how many there are", () => {
  test.for(Object.entries(GROWTHS))("%s", { timeout: 30_000 }, async ([, grow]) => {
    const sizes = [FEW, MANY].map((count) => {
      const cache = new SerializableTokenCache();
      grow(cache, count);
      return cache;
    });
    const counts = sizes.map((): Record<string, number> => ({}));
    for (const [i, cache] of sizes.entries()) {
      const { app, daemon } = setup({ cache });
      cache.add(user(1), NOW);
      cache.add(user(2), NOW);
      cache.add(appToken(), NOW);
      const user_assertion_hash = await hashOf("assertion");
      cache.add({ ...user(1), user_assertion_hash }, NOW);
      const homeAccountId = `user1.${TENANT}`;
      const [account] = await app.getAccounts({ homeAccountId });
      const [second] = await app.getAccounts({ homeAccountId: `user2.${TENANT}` });
      const calls = {
        "getAccounts by id": () => app.getAccounts({ homeAccountId }),
        "getAccounts by username": () => app.getAccounts({ username: "USER1@contoso.example" }),
        silent: () => app.acquireTokenSilent(SCOPES, account),
        "client credentials": () =>
          daemon.acquireTokenForClient(["https://vault.azure.net/.default"]),
        "on-behalf-of": () => daemon.acquireTokenOnBehalfOf("assertion", SCOPES),
        add: () => cache.add(user(1), NOW),
        removeAccount: () => app.removeAccount(second!),
      };
      for (const [name, call] of Object.entries(calls)) {
        let result: unknown;
        const work = async () => {
          result = await call();
        };
        // Some of what is compared is computed when it is first needed.
        if (!["add", "removeAccount"].includes(name)) await work();
        counts[i]![name] = await stepsOf(work);
        if (name.startsWith("getAccounts")) expect(result).toEqual([account]);
        else if (result !== undefined) expect(result).toMatchObject({ token_source: "cache" });
      }
    }

    const [few, many] = counts;
    for (const [name, steps] of Object.entries(few ?? {})) {
      expect(many?.[name], name).toBeLessThanOrEqual(steps + SLACK);
    }
    // What is not a look-up shows that steps are counted.
    const walk = () => sizes[1]?.find("AccessToken");
    expect(await stepsOf(walk)).toBeGreaterThan(MANY / 2);
  });
});

test("a full cache looks at a few rows for each that leaves, although all of them were used", async () => {
  const cache = new SerializableTokenCache({ maxEntries: MANY });
  const { daemon } = setup({ cache });
  for (let i = 0; i < MANY; i++) cache.add(appToken({ scope: [`scope-${i}`] }), NOW);
  for (const { target } of cache.find("AccessToken")) {
    await daemon.acquireTokenForClient([String(target)]);
  }

  const steps = await stepsOf(() => cache.add(appToken({ scope: ["another"] }), NOW));

  expect(steps).toBeLessThan(200);
  expect(cache.find("AccessToken")).toHaveLength(MANY - 1);
});
