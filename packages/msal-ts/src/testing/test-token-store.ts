/**
 * The contract suite of token stores: what every {@link TokenStore} has to do, as tests of the runner at hand.
 *
 * @module
 */
import type { TokenStore } from "../cache/token-store.js";
import { describe as describeValue } from "../describe.js";
import { MsalError } from "../errors.js";
import { RULES, type Rule } from "./token-store-rules.js";

/** A fresh store, and what a test may do with it. */
export interface TokenStoreFixture {
  /** Nothing was ever written to it. */
  store: TokenStore;
  /**
   * Opens the same data once more, as another process would: a second object, a second connection. Absent:
   * what one process does is tested alone.
   */
  open?: (() => TokenStore | Promise<TokenStore>) | undefined;
  /** Awaited when the test is over and its stores are closed: removes the file, drops the table. */
  cleanUp?: (() => void | Promise<void>) | undefined;
}

/** What of a test runner is needed: `describe` and `test` of Vitest, Jest, `bun:test` or `node:test`. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
}

/**
 * Defines the tests that a token store has to pass, for whoever writes one for a database of their own:
 *
 * ```ts
 * testTokenStore("postgres", () => new PostgresStore(pool));
 * ```
 *
 * Takes some five seconds with a store in memory. Optional members are tested if the store has them.
 *
 * @param name - Heads the tests.
 * @param make - Called once for each test. A store alone, or with the means to open its data twice and to
 * clean up.
 * @param runner - By default the global `describe` and `test` (or `it`), else those of `node:test`. Vitest and
 * Jest without globals: `{ describe, test }`, as imported.
 * @throws {@link MsalError} `invalid_argument`, also where no test runner is found.
 */
export function testTokenStore(
  name: string,
  make: () => TokenStore | TokenStoreFixture | Promise<TokenStore | TokenStoreFixture>,
  runner: TestRunner = findRunner(),
): void {
  if (typeof make !== "function") {
    throw new MsalError(
      "invalid_argument",
      `make must be a function that returns a new store; it is ${describeValue(make)}.`,
    );
  }
  runner.describe(`token store ${name}`, () => {
    for (const [title, rule] of Object.entries(RULES)) {
      runner.test(title, () => runRule(rule, make));
    }
  });
}

/** Whatever fails, each store is closed, once, and then cleaned up; what failed first is told. */
async function runRule(
  rule: Rule,
  make: () => TokenStore | TokenStoreFixture | Promise<TokenStore | TokenStoreFixture>,
): Promise<void> {
  const made = await make();
  const { store, open, cleanUp }: TokenStoreFixture = "read" in made ? { store: made } : made;
  const stores = new Set([store]);
  const failures: unknown[] = [];
  const attempt = async (work: () => Promise<void> | void) => {
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  };
  const close = async (one: TokenStore) => {
    if (stores.delete(one)) await one.close?.();
  };
  await attempt(async () => {
    const other = (await open?.()) ?? store;
    stores.add(other);
    await rule(store, other, close);
  });
  for (const one of [...stores]) await attempt(() => close(one));
  await attempt(() => cleanUp?.());
  if (failures.length > 0) throw failures[0];
}

function findRunner(): TestRunner {
  const { describe, test, it, process } = globalThis as {
    describe?: TestRunner["describe"];
    test?: TestRunner["test"];
    it?: TestRunner["test"];
    process?: {
      getBuiltinModule?(name: string): TestRunner | undefined;
      env?: Record<string, string | undefined>;
    };
  };
  const define = test ?? it;
  if (typeof describe === "function" && typeof define === "function") {
    return { describe, test: define };
  }
  // A runner that does not know of the tests would be content without them.
  const isAnothers =
    process?.env?.VITEST !== undefined || process?.env?.JEST_WORKER_ID !== undefined;
  const builtin = isAnothers ? undefined : process?.getBuiltinModule?.("node:test");
  if (builtin !== undefined) return builtin;
  throw new MsalError(
    "invalid_argument",
    "There is no test runner: neither global describe() and test() nor node:test. Hand in those of yours as the third argument, { describe, test }.",
  );
}
