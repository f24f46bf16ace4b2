/**
 * What tests begin with: a folder of their own, and rows as clients write them.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FileTokenStore, type FileTokenStoreOptions } from "@msal-ts/cache-file";
import { entryKey, partitionOf, type StoredEntry } from "msal-ts";
import { onTestFinished } from "vitest";

export const CLIENT_ID = "22222222-cccc-4ccc-8ccc-000000000003";
const TENANT = "11111111-bbbb-4bbb-8bbb-000000000002";
export const HOST = "login.microsoftonline.com";

/** A folder that is gone when the test ends. */
export function setup() {
  const folder = mkdtempSync(join(tmpdir(), "msal-ts-cache-file-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "cache.json");
  return {
    folder,
    path,
    open: (options: Partial<FileTokenStoreOptions> = {}, at: string = path) =>
      new FileTokenStore(at, { encryption: "none", ...options }),
    text: () => readFileSync(path, "utf8"),
    json: () => JSON.parse(readFileSync(path, "utf8")) as Record<string, Record<string, object>>,
    files: () => readdirSync(folder).sort(),
  };
}

/** What a sign-in writes: the partition, and its entries. */
export function signedIn(user: string, secret: string = "secret") {
  const home = { home_account_id: `${user}.${TENANT}`, environment: HOST };
  const token = { ...home, client_id: CLIENT_ID, secret };
  const rows = {
    AccessToken: {
      ...{ credential_type: "AccessToken", ...token, realm: TENANT, target: "User.Read" },
      expires_on: "4000000000",
    },
    Account: { ...home, realm: TENANT, username: `${user}@contoso.com`, authority_type: "MSSTS" },
    RefreshToken: { credential_type: "RefreshToken", ...token, target: "User.Read" },
    AppMetadata: { environment: HOST, client_id: CLIENT_ID },
  };
  const partition = partitionOf("Account", rows.Account) ?? "";
  const entries = new Map<string, StoredEntry>();
  for (const [type, row] of Object.entries(rows)) {
    const key = type === "AppMetadata" ? `appmetadata-${HOST}-${CLIENT_ID}` : `${type}-of-${user}`;
    entries.set(entryKey(type as "Account", key), { value: JSON.stringify(row) });
  }
  return { partition, entries, rows };
}

/** Entries as they are read. */
export function valuesOf(entries: ReadonlyMap<string, StoredEntry>): Map<string, string> {
  return new Map([...entries].map(([key, { value }]) => [key, value]));
}

/** Starts a program, JavaScript with arguments from `process.argv[1]` on; it is killed when the test ends. */
export function start(
  program: string,
  args: readonly string[],
  wrapper: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
) {
  const node = [process.execPath, "--input-type=module", "--eval", program, "--", ...args];
  const [command = "", ...rest] = [...wrapper, ...node];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const child = spawn(command, rest, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close");
  onTestFinished(() => void child.kill("SIGKILL"));
  return {
    pid: child.pid ?? 0,
    send: (text: string): void => void child.stdin.write(text),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Resolves when it has said something. */
    said: async (text: string) => {
      while (!stdout.includes(text)) {
        if (child.exitCode !== null) throw new Error(`It ended: ${stderr}`);
        await Promise.race([once(child.stdout, "data"), ended]);
      }
    },
    /** What it printed, once it has ended. */
    end: async () => {
      const [code] = (await ended) as [number | null];
      return { code, stdout, stderr };
    },
  };
}
