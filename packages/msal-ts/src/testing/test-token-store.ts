/**
 * The contract suite of token stores: what every {@link TokenStore} has to do, as tests of the runner at hand.
 *
 * @module
 */
import type { TokenStore } from "../cache/token-store.js";
import { describe as describeValue } from "../describe.js";
import { MsalError } from "../errors.js";
import { RULES } from "./token-store-rules.js";

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
 * @param runner - By default the global `describe` and `test` (or `it`), else those of `node:test`.
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
      runner.test(title, async () => {
        const made = await make();
        const { store, open, cleanUp }: TokenStoreFixture = "read" in made ? { store: made } : made;
        const other = (await open?.()) ?? store;
        try {
          await rule(store, other);
        } finally {
          for (const one of new Set([store, other])) await one.close?.();
          await cleanUp?.();
        }
      });
    }
  });
}

function findRunner(): TestRunner {
  const { describe, test, it, process } = globalThis as {
    describe?: TestRunner["describe"];
    test?: TestRunner["test"];
    it?: TestRunner["test"];
    process?: { getBuiltinModule?(name: string): TestRunner | undefined };
  };
  const define = test ?? it;
  if (typeof describe === "function" && typeof define === "function") {
    return { describe, test: define };
  }
  const builtin = process?.getBuiltinModule?.("node:test");
  if (builtin !== undefined) return builtin;
  throw new MsalError(
    "invalid_argument",
    "There is no test runner: neither global describe() and test() nor node:test. Hand in those of yours as the third argument, { describe, test }.",
  );
}
