/**
 * What does a sign-in cost in input and output, when many users have signed in before?
 *
 *     npm run build && node bench/dist/cache/sign-in-io.js
 *
 * Behind `msal-ts` is a `TokenStore`, behind `@azure/msal-node` its `DistributedCachePlugin` with a partition for
 * each user: with a client for each request, as its samples do, and with one client for all users. Both are in
 * memory and count what goes over them: each call once, the texts in it by their length.
 */
import type { ICacheClient } from "@azure/msal-node";
import { PersistedTokenCache, type TokenStore } from "msal-ts";
import { AUTHORITY, signingIn } from "../fixtures.js";
import * as msalNode from "../libraries/msal-node.js";
import * as msalTs from "../libraries/msal-ts.js";
import { median } from "../statistics.js";
import { ask, type Figures } from "./ask.js";
import { partitionedApp } from "./partitioned-app.js";

/** Sign-ins that are measured. */
const MEASURED = 9;

/** What went back and forth. */
interface Traffic {
  trips: number;
  bytes: number;
}

await ask({
  url: import.meta.url,
  unit: "per sign-in",
  sizes: [10, 10_000],
  answers: {
    "msal-ts": (users) => withStore(users),
    "@azure/msal-node, a client for each request": (users) => withPlugin(users, false),
    "@azure/msal-node, one client": (users) => withPlugin(users, true),
  },
});

async function withStore(users: number): Promise<Figures> {
  const traffic: Traffic = { trips: 0, bytes: 0 };
  const partitions = new Map<string, Map<string, string>>();
  let written = 0;
  const store: TokenStore = {
    async read(name) {
      const entries = partitions.get(name) ?? new Map<string, string>();
      count(traffic, name, ...[...entries].flat());
      return new Map(entries);
    },
    async write(name, changes) {
      const entries = partitions.get(name) ?? new Map<string, string>();
      partitions.set(name, entries);
      const texts: string[] = [];
      for (const [key, change] of changes) {
        texts.push(key, change?.value ?? "");
        if (change === null) entries.delete(key);
        else entries.set(key, change.value);
      }
      written = texts.join("").length;
      count(traffic, name, ...texts);
    },
  };
  let user = 0;
  const network = msalTs.saying(signingIn(() => user));
  const app = msalTs.confidential(AUTHORITY, new PersistedTokenCache(store), network);
  return measure(traffic, users, async (number) => {
    user = number;
    await msalTs.redeemCode(app);
    return written;
  });
}

async function withPlugin(users: number, shared: boolean): Promise<Figures> {
  const traffic: Traffic = { trips: 0, bytes: 0 };
  const texts = new Map<string, string>();
  const client: ICacheClient = {
    async get(key) {
      const text = texts.get(key) ?? "";
      count(traffic, key, text);
      return text;
    },
    async set(key, value) {
      count(traffic, key, value);
      texts.set(key, value);
      return value;
    },
  };
  let user = 0;
  const make = () => partitionedApp(client, () => user);
  const one = make();
  if (shared) {
    // As many as have signed in before: one after the other they would take hours.
    one.getTokenCache().deserialize(await msalNode.textCache.text(users));
  }
  const own = (await msalNode.textCache.text(1)).length;
  return measure(traffic, shared ? 0 : users, async (number) => {
    user = shared ? users + number : number;
    await msalNode.redeemCode(shared ? one : make());
    return own;
  });
}

function count(traffic: Traffic, ...texts: string[]): void {
  traffic.trips++;
  for (const text of texts) traffic.bytes += text.length;
}

/**
 * Sign-ins after so many others.
 *
 * @param signInAs - Signs in the user of a number; resolves to how long the user's own entries are.
 */
async function measure(
  traffic: Traffic,
  before: number,
  signInAs: (number: number) => Promise<number>,
): Promise<Figures> {
  for (let i = 0; i < before; i++) await signInAs(i);
  const trips: number[] = [];
  const bytes: number[] = [];
  const ratios: number[] = [];
  for (let i = before; i < before + MEASURED; i++) {
    Object.assign(traffic, { trips: 0, bytes: 0 });
    const own = await signInAs(i);
    trips.push(traffic.trips);
    bytes.push(traffic.bytes);
    ratios.push(traffic.bytes / own);
  }
  return {
    "round trips": median(trips),
    bytes: median(bytes),
    "bytes, times its own entries": median(ratios),
  };
}
