/**
 * Real servers for tests: each on a free port of loopback, in a folder of its own, gone when the test
 * process is, however that ends.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A test that needs servers steps aside where there are none; see `scripts/tools.ts`. */
export const isMissing: boolean = ["redis-server", "redis-sentinel"].some((tool) =>
  (process.env.MSAL_TS_MISSING ?? "").split(",").includes(tool),
);

/** How long a server may take to come up. Milliseconds. */
const START_UP = 20_000;

/** A server that can be killed and started again, with the same port and folder. */
export class RedisServer {
  readonly port: number;
  readonly folder: string;
  readonly #program: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(program: string, port: number, args: readonly string[]) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), "msal-ts-redis-"));
    this.#program = program;
    this.#args = args;
  }

  /** Without persistence unless `args` say otherwise. */
  static async start(...args: string[]): Promise<RedisServer> {
    const port = await freePort();
    const common = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""];
    common.push("--repl-diskless-sync-delay", "0", ...args);
    const server = new RedisServer("redis-server", port, common);
    await server.start();
    return server;
  }

  /** Watches one master, called `mymaster`, and promotes a replica half a second after it is gone. */
  static async startSentinel(master: RedisServer): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer("redis-sentinel", port, ["sentinel.conf"]);
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
      "sentinel down-after-milliseconds mymaster 500",
      "sentinel failover-timeout mymaster 3000",
      "",
    ];
    writeFileSync(join(server.folder, "sentinel.conf"), lines.join("\n"));
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    // The shell ends with its standard input, which is ours to hold, and takes the server along.
    const script = '"$@" >server.log 2>&1 & read -r _; kill -9 $!; wait';
    this.#process = spawn("sh", ["-c", script, "sh", this.#program, ...this.#args], {
      cwd: this.folder,
      stdio: ["pipe", "ignore", "ignore"],
    });
    const deadline = Date.now() + START_UP;
    while ((await this.command("PING").catch(() => "")) !== "PONG") {
      if (Date.now() > deadline) throw new Error(`${this.#program} does not start.`);
      await pause(20);
    }
  }

  /** At once, without a chance to write or say anything. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    this.#process = undefined;
    const over = new Promise((resolve) => child.once("exit", resolve));
    child.stdin?.end();
    await over;
  }

  /** The server hangs until the returned function is called. */
  async freeze(): Promise<() => void> {
    const [, pid] = /^process_id:(\d+)/m.exec(await this.command("INFO", "server")) ?? [];
    process.kill(Number(pid), "SIGSTOP");
    return () => process.kill(Number(pid), "SIGCONT");
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks the server by itself, without any of the clients: its answer's text, or that of each item. */
  command(...words: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, "127.0.0.1");
      let answer = "";
      socket.setEncoding("utf8").on("error", reject);
      // The server answers what it has read before it sees that we are done.
      socket.on("data", (text) => {
        answer += text;
      });
      socket.on("close", () => {
        if (answer === "") reject(new Error("The server did not answer."));
        else resolve(textOf(answer));
      });
      socket.end(encoded(words));
    });
  }
}

/** Three masters that share the slots, and persist what they are told. */
export async function startCluster(): Promise<readonly RedisServer[]> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () =>
      RedisServer.start(
        ...["--cluster-enabled", "yes", "--cluster-port", `${await freePort()}`],
        ...["--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no"],
        ...["--appendonly", "yes", "--appendfsync", "always"],
      ),
    ),
  );
  const bounds = [0, 5461, 10923, 16384];
  for (const [i, node] of nodes.entries()) {
    await node.command(
      ...["CLUSTER", "ADDSLOTSRANGE", `${bounds[i]}`, `${(bounds[i + 1] ?? 0) - 1}`],
    );
    await node.command("CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`);
  }
  const [first] = nodes;
  for (const { port } of nodes.slice(1)) {
    const bus = (
      await nodes.find((node) => node.port === port)?.command("CONFIG", "GET", "cluster-port")
    )
      ?.split("\n")
      .at(-1);
    await first?.command("CLUSTER", "MEET", "127.0.0.1", `${port}`, `${bus}`);
  }
  for (const node of nodes) {
    await eventually(async () => {
      const info = await node.command("CLUSTER", "INFO");
      return info.includes("cluster_state:ok") && info.includes("cluster_known_nodes:3");
    });
    await eventually(async () => {
      const slots = await node.command("CLUSTER", "INFO");
      return slots.includes("cluster_slots_assigned:16384");
    });
  }
  return nodes;
}

/** Resolves when it is so; tests that wait for something give up after half a minute. */
export async function eventually(
  isSo: () => boolean | Promise<boolean>,
  limit = 30_000,
): Promise<void> {
  const deadline = Date.now() + limit;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`It is not so after ${limit} ms.`);
    await pause(50);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * A port that nobody listens on. Below those that the system gives to outgoing connections (32768 and up on
 * Linux): one of them could take it before the server does, or while the server is away.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A command as it is sent (RESP). */
function encoded(words: readonly string[]): string {
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
  return `*${words.length}\r\n${parts.join("")}`;
}

/** An answer without its lengths, a line for each item. */
function textOf(answer: string): string {
  return answer
    .split("\r\n")
    .filter((line) => !/^[$*]-?\d+$/.test(line))
    .map((line) => line.replace(/^[+:]/, ""))
    .join("\n")
    .trimEnd();
}
