/**
 * The clients that a caller may hand in, and the little that is asked of them: a command to the node that
 * has a key, and a command to each node. Neither client is a dependency; they are told apart by what they
 * have.
 *
 * @module
 */
import { MsalError } from "msal-ts";
import { describe } from "./describe.js";
import { keySlot } from "./key-slot.js";

/** A client of the package `redis`, 5 or newer: of `createClient`, `createClientPool`, `createCluster` or `createSentinel`. */
export interface NodeRedisClient {
  /** Each of the four has parameters of its own. */
  sendCommand(...args: never[]): Promise<unknown>;
  /** What the clients of version 4 lack. */
  destroy(): unknown;
}

/** A client of the package `ioredis`, or of one like it: a `Redis` (Sentinel included) or a `Cluster`. */
export interface IoredisClient {
  /** A command by its name, and its arguments. */
  call(...args: never[]): Promise<unknown>;
  readonly status: string;
}

/** A client of the caller's: connected by the caller, and closed by the caller. */
export type RedisClient = NodeRedisClient | IoredisClient;

/** Sends one command, its name first. A hash comes as names and contents in turn, or as a map. */
export type Send = (command: readonly string[], signal: AbortSignal) => Promise<unknown>;

/** What a store does with a client. */
export interface Commands {
  /** Sends a command to whichever node has the key. */
  send(key: string, command: readonly string[], signal: AbortSignal): Promise<unknown>;
  /** One for each node that has keys. */
  nodes(): Promise<readonly Send[]>;
  /** What the client by itself puts before each key, but not before a pattern. */
  readonly keyPrefix: string;
}

/**
 * The same few commands on any client.
 *
 * @throws {@link MsalError} `invalid_argument` for what is no client.
 */
export function commandsOf(client: unknown): Commands {
  if (typeof client === "object" && client !== null) {
    const has = (name: string) => typeof (client as Record<string, unknown>)[name] === "function";
    if (has("call") && typeof (client as IoredisClient).status === "string") {
      return ioredis(client as Ioredis);
    }
    if (has("sendCommand") && has("destroy")) {
      if (has("nodeClient")) return nodeRedisCluster(client as NodeRedisCluster);
      if (has("getMasterNode")) return nodeRedisSentinel(client as NodeRedis);
      if (has("execute") && !hasWholeQueue(client)) throw brokenPool();
      return nodeRedis(client as NodeRedis);
    }
  }
  throw new MsalError(
    "invalid_argument",
    `client must be a client of the package redis (5 or newer: createClient, createClientPool, createCluster, createSentinel) or of ioredis (Redis, Cluster); it is ${describe(client)}.`,
  );
}

/** Its connections are kept in a list with the same flaw as its queues. */
function brokenPool(): MsalError {
  return new MsalError(
    "invalid_argument",
    "client is a pool (createClientPool) of redis before 6.2, which ends the process when several commands are under way. Update redis, or give the client of createClient, which needs no pool here.",
  );
}

/** By the byte that begins a map in RESP3 (`%`): as an object it would lose the field `__proto__`. */
const ANSWERS = { typeMapping: { 37: Map } };

interface NodeRedis {
  sendCommand(...args: unknown[]): Promise<unknown>;
  readonly isOpen?: boolean;
  readonly isReady?: boolean;
  readonly options?: { readonly disableOfflineQueue?: unknown };
}

function nodeRedis(client: NodeRedis): Commands {
  const send: Send = hasWholeQueue(client)
    ? (command, abortSignal) => client.sendCommand([...command], { ...ANSWERS, abortSignal })
    : async (command, signal) => {
        await connected(() => isNodeAway(client), signal);
        return client.sendCommand([...command], { ...ANSWERS, ...staying(signal) });
      };
  return {
    send: (_, command, signal) => send(command, signal),
    nodes: async () => [send],
    keyPrefix: "",
  };
}

/**
 * Whether a command may leave the client's queue when its signal aborts. Before redis 6.2, which is told by a
 * command that it brought, a queue that two of them left one after the other could be broken for good: nothing
 * was sent any more. None of ours waits in such a queue, nor leaves it.
 */
function hasWholeQueue(client: object): boolean {
  return "lMoveM" in client;
}

/** Whether a command would wait in the queue. */
function isNodeAway(client: NodeRedis | undefined): boolean {
  return (
    client?.isOpen === true && client.isReady === false && !client.options?.disableOfflineQueue
  );
}

/** Options of a command that stays where it is once it is in the queue, and is refused if it comes too late. */
function staying(signal: AbortSignal) {
  const abortSignal = {
    get aborted() {
      return signal.aborted;
    },
    addEventListener() {},
    removeEventListener() {},
  };
  return { abortSignal, timeout: undefined };
}

function nodeRedisSentinel(client: NodeRedis): Commands {
  // Replicas lag behind: nothing is declared read-only.
  const send: Send = (command, abortSignal) =>
    client.sendCommand(false, [...command], { ...ANSWERS, abortSignal });
  return {
    send: (_, command, signal) => send(command, signal),
    nodes: async () => [send],
    keyPrefix: "",
  };
}

interface NodeRedisCluster extends NodeRedis {
  readonly masters: readonly unknown[];
  readonly slots?: readonly ({ readonly master?: { readonly client?: NodeRedis } } | undefined)[];
  nodeClient(node: unknown): Promise<NodeRedis> | NodeRedis;
}

function nodeRedisCluster(cluster: NodeRedisCluster): Commands {
  const send: Commands["send"] = hasWholeQueue(cluster)
    ? (key, command, abortSignal) =>
        cluster.sendCommand(key, false, [...command], { ...ANSWERS, abortSignal })
    : async (key, command, signal) => {
        const slot = keySlot(key);
        await connected(() => isNodeAway(cluster.slots?.[slot]?.master?.client), signal);
        return cluster.sendCommand(key, false, [...command], { ...ANSWERS, ...staying(signal) });
      };
  return {
    send,
    nodes: async () =>
      cluster.masters.map(
        (master) => async (command, signal) =>
          nodeRedis(await cluster.nodeClient(master)).send("", command, signal),
      ),
    keyPrefix: "",
  };
}

interface Ioredis {
  readonly status: string;
  call(...args: unknown[]): Promise<unknown>;
  readonly options?: { readonly keyPrefix?: unknown; readonly enableAutoPipelining?: unknown };
  pipeline(commands: string[][]): { exec(): Promise<[Error | null, unknown][] | null> };
  nodes?(role: "master"): Ioredis[];
}

function ioredis(client: Ioredis): Commands {
  const { keyPrefix, enableAutoPipelining } = client.options ?? {};
  const send: Send = async (command, signal) => {
    await connected(() => isIoredisAway(client), signal);
    if (!enableAutoPipelining) return client.call(command[0], ...command.slice(1));
    // Left to itself it takes the first argument of EVALSHA for a key, and asks the wrong node of a cluster.
    const [[error, reply] = []] = (await client.pipeline([["call", ...command]]).exec()) ?? [];
    if (error) throw error;
    return reply;
  };
  return {
    send: (_, command, signal) => send(command, signal),
    nodes: async () =>
      client.nodes
        ? client.nodes("master").map(
            (node): Send =>
              async ([name, ...args]) =>
                node.call(name, ...args),
          )
        : [send],
    keyPrefix: typeof keyPrefix === "string" ? keyPrefix : "",
  };
}

/** `wait`: it connects with the first command. */
function isIoredisAway({ status }: Ioredis): boolean {
  if (status === "end") {
    throw new MsalError(
      "store_error",
      "The Redis client is closed; connect() it, or make the store with another one.",
    );
  }
  return status !== "ready" && status !== "wait";
}

/** How often a connection is looked for. Milliseconds. */
const LOOK = 20;

/**
 * Waits for a connection here: a client's queue keeps commands for as long as it likes, and would send what
 * nobody waits for any more.
 */
async function connected(isGone: () => boolean, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && isGone()) {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  signal.throwIfAborted();
}
