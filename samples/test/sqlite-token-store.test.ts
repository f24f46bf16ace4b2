import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testTokenStore } from "msal-ts/testing";
import { describe, expect, test } from "vitest";
import { SqliteTokenStore } from "../dist/sqlite-token-store.js";

testTokenStore(
  "SQLite",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "msal-ts-sqlite-"));
    const open = () => new SqliteTokenStore(join(folder, "tokens.sqlite"));
    return { store: open(), open, cleanUp: () => rmSync(folder, { recursive: true }) };
  },
  { describe, test },
);

test("partitions whose tokens have all expired are gone when the store is opened again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-sqlite-"));
  const file = join(folder, "tokens.sqlite");
  const now = Math.trunc(Date.now() / 1000);
  const account = ["Account:a", { value: "{}" }] as const;
  const store = new SqliteTokenStore(file);
  for (const [partition, expiresAt] of [
    ["user:gone", now - 9],
    ["user:here", now + 9],
  ] as const) {
    const token = ["AccessToken:a", { value: "{}", expiresAt }] as const;
    await store.write(partition, new Map([account, token]));
  }
  await store.write("user:without-tokens", new Map([account]));
  await store.close();

  const again = new SqliteTokenStore(file);
  const names: string[] = [];
  for await (const name of again.partitions()) names.push(name);
  await again.close();
  rmSync(folder, { recursive: true });

  expect(names.sort()).toEqual(["user:here", "user:without-tokens"]);
});
