import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileTokenStore, type FileTokenStoreOptions } from "@msal-ts/cache-file";
import { testTokenStore } from "msal-ts/testing";
import { afterAll, describe, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "msal-ts-contract-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keys = [{ id: "one", key: new Uint8Array(32).fill(1) }];
const KINDS: Record<string, FileTokenStoreOptions> = {
  "a plain file": { encryption: "none" },
  "an encrypted file": { encryption: { keys } },
};

for (const [name, options] of Object.entries(KINDS)) {
  testTokenStore(
    name,
    async () => {
      const path = join(folder, randomUUID());
      const open = async () => new FileTokenStore(path, options);
      return { store: await open(), open };
    },
    { describe, test },
  );
}
