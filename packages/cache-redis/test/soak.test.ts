import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { isMissing } from "./redis-servers.js";

const SOAK = fileURLToPath(new URL("../../../bench/dist/soak.js", import.meta.url));

test.skipIf(isMissing)(
  "eight processes sign users in at one server, and none is lost",
  {
    timeout: 120_000,
  },
  async () => {
    const run = promisify(execFile);

    const { stdout } = await run(process.execPath, [SOAK, "--scale=0.1", "redis-sign-ins"]);

    expect(stdout).toContain("8 processes, 400 accounts, none lost, none under another's key");
  },
);
