/**
 * Who holds a lock, and whether they are still there. A process is known by host, process id and the time
 * it started: process ids are used again, and containers have numbers of their own.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { promisify } from "node:util";
import { codeOf } from "./describe.js";

/** What a lock file says. Locks of other MSALs begin with the process id, and have nothing else of this. */
export interface LockOwner {
  pid: number;
  /** Name of the machine. */
  host?: string | undefined;
  /** What process ids of that host mean: its boot, and the namespace of a container. */
  system?: string | undefined;
  /** When the process started, in whatever unit its system counts; compared for equality alone. */
  startedAt?: string | undefined;
  /** Another one for each time a lock is taken. */
  nonce?: string | undefined;
}

const SYSTEM = systemName();
let ownStart: Promise<string | undefined> | undefined;

/** This process, as the owner of a lock. */
export async function thisOwner(nonce: string): Promise<LockOwner> {
  ownStart ??= startOf(process.pid).then((start) => start?.time);
  const startedAt = await ownStart;
  return { pid: process.pid, host: hostname(), system: SYSTEM, startedAt, nonce };
}

/** Text of a lock file. The process id comes first, for programs that look no further. */
export function ownerText(owner: LockOwner): string {
  return `${owner.pid} ${JSON.stringify(owner)}\n`;
}

/** The owner that the text of a lock file names; undefined when it names none. */
export function parseOwner(text: string): LockOwner | undefined {
  const [, digits, rest = ""] = /^(\d{1,10})(?:\s+(.*))?\s*$/s.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const pid = Number(digits);
  try {
    const members = JSON.parse(rest) as Record<string, unknown>;
    const text = (name: string) => {
      const value = members[name];
      return typeof value === "string" ? value : undefined;
    };
    const nonce = text("nonce");
    // A nonce becomes part of a file's name.
    if (nonce === undefined || !/^[0-9a-f]{24}$/.test(nonce)) return { pid };
    const [host, system, startedAt] = [text("host"), text("system"), text("startedAt")];
    return { pid, host, system, startedAt, nonce };
  } catch {
    return { pid };
  }
}

/**
 * Whether an owner still runs. `unknown`: on another host or in another container, a thread of this very
 * process, or a system that does not tell when processes started.
 */
export async function lifeOf(owner: LockOwner): Promise<"alive" | "dead" | "unknown"> {
  if (owner.host !== hostname() || owner.system !== SYSTEM) return "unknown";
  if (!isRunning(owner.pid)) return "dead";
  const start = await startOf(owner.pid);
  if (start === undefined) return isRunning(owner.pid) ? "unknown" : "dead";
  if (start.ended) return "dead";
  if (owner.startedAt === undefined) return "unknown";
  if (owner.startedAt !== start.time) return "dead";
  return owner.pid === process.pid ? "unknown" : "alive";
}

/** Whether there is a process with this id here. */
export function isRunning(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is somebody else's.
    return codeOf(error) !== "ESRCH";
  }
}

interface Start {
  time: string;
  /** It has ended, and nobody has asked how yet. */
  ended: boolean;
}

/** When a process started; undefined where nobody tells. */
async function startOf(pid: number): Promise<Start | undefined> {
  if (process.platform === "win32") return undefined;
  try {
    return process.platform === "linux" ? await startInProc(pid) : await startByPs(pid);
  } catch {
    return undefined;
  }
}

/** proc(5): after the name, which is in brackets and may hold anything, field 3 is the state, 22 the start. */
async function startInProc(pid: number): Promise<Start | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const time = fields[19];
  return time === undefined ? undefined : { time, ended: /^[ZXx]$/.test(fields[0] ?? "") };
}

/** `lstart` is the local time in the local language, unless it is told otherwise. */
async function startByPs(pid: number): Promise<Start | undefined> {
  const { stdout } = await promisify(execFile)(
    "/bin/ps",
    ["-o", "stat=,lstart=", "-p", String(pid)],
    { env: { LC_ALL: "C", TZ: "UTC" }, timeout: 2000 },
  );
  const [, state = "", time] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
  return time === undefined ? undefined : { time, ended: state.startsWith("Z") };
}

function systemName(): string {
  if (process.platform !== "linux") return process.platform;
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return process.platform;
  }
}
