/**
 * What does a sign-in cost in input and output, when many users have signed in before?
 *
 *     npm run build && node bench/dist/cache/sign-in-io.js
 *
 * Behind `msal-ts` is a `TokenStore`, behind `@azure/msal-node` its `DistributedCachePlugin` with a partition for
 * each user: with a client for each request, as its samples do, and with one client for all users. Both are in
 * memory and count what goes over them: each call once, the texts in it by their length.
 */
import * as theirs from "@azure/msal-node";
import * as ours from "msal-ts";
import {
  AUTHORITY,
  answer,
  CLIENT_ID,
  numbered,
  signIn,
  TENANT,
  USER,
  USER_SCOPES,
} from "./answers.js";
import { ask, type Figures, median } from "./ask.js";
import { msalNode } from "./msal-node.js";
import { msalTs } from "./msal-ts.js";

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
  digits: 2,
  sizes: [10, 10_000],
  subjects: ["sign-in"],
  answers: {
    "msal-ts": (_, users) => withStore(users),
    "@azure/msal-node, a client for each request": (_, users) => withPlugin(users, false),
    "@azure/msal-node, one client": (_, users) => withPlugin(users, true),
  },
  versions: { "msal-ts": msalTs.version, "@azure/msal-node": msalNode.version },
});

async function withStore(users: number): Promise<Figures> {
  const traffic: Traffic = { trips: 0, bytes: 0 };
  const partitions = new Map<string, Map<string, string>>();
  let written = 0;
  const store: ours.TokenStore = {
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
  let user = USER;
  const app = new ours.ConfidentialClientApplication(CLIENT_ID, {
    authority: AUTHORITY,
    clientCredential: "secret",
    tokenCache: new ours.PersistedTokenCache(store),
    httpClient: async () => Response.json(answer("real", signIn("real", user))),
  });
  return measure(traffic, users, async (number) => {
    user = numbered(USER, number);
    const options = { redirectUri: "http://localhost" };
    ours.unwrap(await app.acquireTokenByAuthorizationCode("code", USER_SCOPES, options));
    return written;
  });
}

async function withPlugin(users: number, shared: boolean): Promise<Figures> {
  const traffic: Traffic = { trips: 0, bytes: 0 };
  const texts = new Map<string, string>();
  const client: theirs.ICacheClient = {
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
  let user = USER;
  const reply = async <T>() => ({
    ...{ headers: {}, status: 200 },
    body: answer("real", signIn("real", user)) as T,
  });
  const make = () =>
    new theirs.ConfidentialClientApplication({
      auth: { clientId: CLIENT_ID, authority: AUTHORITY, clientSecret: "secret" },
      system: { networkClient: { sendGetRequestAsync: reply, sendPostRequestAsync: reply } },
      cache: {
        cachePlugin: new theirs.DistributedCachePlugin(client, {
          getKey: async () => `${user}.${TENANT}`,
          extractKey: async (account) => account.homeAccountId,
        }),
      },
    });
  const one = make();
  if (shared) {
    // As many as have signed in before: one after the other they would take hours.
    one.getTokenCache().deserialize(await msalNode.text(users, "real"));
  }
  const own = (await msalNode.text(1, "real")).length;
  return measure(traffic, shared ? 0 : users, async (number) => {
    user = numbered(USER, shared ? users + number : number);
    const app = shared ? one : make();
    const request = { code: "code", scopes: USER_SCOPES, redirectUri: "http://localhost" };
    await app.acquireTokenByCode(request);
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
