/**
 * Random users, tenants, clients, scopes and assertions drive a cache, and beside it a model that is too simple to be
 * wrong: a list, searched. Answers are the same at every step, and nobody is ever given what is another's.
 *
 * @module
 */
import fc from "fast-check";
import {
  type Account,
  ConfidentialClientApplication,
  type HttpClient,
  type TokenCache,
  type TokenResult,
  type TokenStore,
} from "msal-ts";
import { expect } from "vitest";
import { CONTOSO, clientInfo, FABRIKAM, HOST, idToken } from "../setup.js";

/** Caches of several processes, the store behind them, and how to be rid of both. */
export interface Processes {
  caches: readonly TokenCache[];
  store?: TokenStore | undefined;
  close?: (() => Promise<unknown>) | undefined;
}

export interface IsolationOptions {
  /**
   * `"same"`: every answer is the model's. `"apart"`: processes may be behind, or calls run at the same moment,
   * so that there are several right answers; whose they are is checked alike.
   */
  answers: "same" | "apart";
  /** What assertions were exchanged for is among the users' rows: so it is in memory alone. */
  exchangesAreUsers?: boolean;
  /** Calls that run at the same moment. @defaultValue 1 */
  atOnce?: number;
  /** How often, and for how many milliseconds. */
  runs: number;
  limit: number;
}

const USERS = ["ada", "grace", "linus"].map((name) => `${name}-0000-4000-8000-000000000000`);
const TENANTS = [CONTOSO, FABRIKAM];
const CLIENTS = ["client-one", "client-two"];
const SCOPES = ["User.Read", "Mail.Read", "Files.Read"];
const LIFETIME = 3600;
/** Who has less time left is renewed. */
const MARGIN = 300;

/** What a token is for: the provider below writes it into each. */
interface Grant {
  /** Absent for an application's own. */
  user?: string;
  tenant: string;
  client: string;
  scopes: string;
  assertion?: string;
  serial: number;
}

interface Step {
  do: "sign in" | "silent" | "refresh" | "exchange" | "app" | "accounts" | "remove" | "wait";
  process: number;
  user: string;
  tenant: string;
  client: string;
  scopes: readonly string[];
  /** Which of the user's assertions. */
  assertion: number;
  seconds: number;
}

/** What is kept, as a list. */
class Model {
  /** Not earlier than it is: a store drops by its own clock what has expired. */
  now = Math.trunc(Date.now() / 1000);
  #tokens: (Grant & { expires: number; latest: boolean })[] = [];
  /** Who can be renewed without signing in. */
  #renewable: { user: string; client: string }[] = [];
  #accounts: string[] = [];
  readonly #exchangesAreUsers: boolean;

  constructor(exchangesAreUsers: boolean) {
    this.#exchangesAreUsers = exchangesAreUsers;
  }

  /** Tokens that serve, those that last longest. */
  find({ do: what, user, tenant, client, scopes, assertion }: Step): Grant[] {
    const kept = this.#tokens.filter(
      (token) =>
        token.tenant === tenant &&
        token.client === client &&
        token.expires - this.now >= MARGIN &&
        scopes.every((scope) => token.scopes.split(" ").includes(scope)) &&
        (what === "app"
          ? token.user === undefined
          : what === "exchange"
            ? token.assertion === assertionOf(user, assertion)
            : token.user === user &&
              (token.assertion === undefined || (this.#exchangesAreUsers && token.latest))),
    );
    const longest = Math.max(...kept.map(({ expires }) => expires));
    return kept.filter(({ expires }) => expires === longest);
  }

  isRenewable({ user, client }: Step): boolean {
    return this.#renewable.some((one) => one.user === user && one.client === client);
  }

  accounts(): string[] {
    return [...new Set(this.#accounts)].sort();
  }

  keep(token: Grant, how: Step["do"]): void {
    const { user, client, assertion } = token;
    const alike = (other: Grant) =>
      other.user === user &&
      other.tenant === token.tenant &&
      other.client === client &&
      other.scopes === token.scopes;
    this.#tokens = this.#tokens.filter((one) => !alike(one) || one.assertion !== assertion);
    if (assertion !== undefined) {
      for (const one of this.#tokens) if (alike(one) && one.assertion) one.latest = false;
    }
    this.#tokens.push({ ...token, expires: this.now + LIFETIME, latest: true });
    if (user === undefined) return;
    if (how === "sign in" || how === "exchange") this.#accounts.push(user);
    if (how === "sign in" || (how === "exchange" && this.#exchangesAreUsers)) {
      this.#renewable.push({ user, client });
    }
  }

  remove({ user, client }: Step): void {
    const isTheirs = (one: { user?: string; client: string }) =>
      one.user === user && one.client === client;
    this.#tokens = this.#tokens.filter((one) => !isTheirs(one));
    this.#renewable = this.#renewable.filter((one) => !isTheirs(one));
    this.#accounts = this.#accounts.filter((one) => one !== user);
  }
}

/** Runs the property; a failure names the seed and the shortest list of steps that fails. */
export async function checkIsolation(
  make: () => Processes | Promise<Processes>,
  options: IsolationOptions,
): Promise<void> {
  const { atOnce = 1, answers, exchangesAreUsers = false } = options;
  const property = fc.asyncProperty(
    fc.array(stepOf(), { maxLength: 40, size: "max" }),
    async (steps) => {
      const { caches, store, close } = await make();
      const model = new Model(exchangesAreUsers);
      const provider = createProvider();
      const clients = new Map<string, ConfidentialClientApplication>();
      const clientOf = ({ process, client, tenant }: Step) => {
        const cache = process % caches.length;
        const key = `${cache} ${client} ${tenant}`;
        const known = clients.get(key);
        if (known !== undefined) return known;
        const made = new ConfidentialClientApplication(client, {
          authority: `https://${HOST}/${tenant}`,
          clientCredential: "secret",
          httpClient: provider.answer,
          clock: { now: () => model.now },
          tokenCache: caches[cache],
        });
        clients.set(key, made);
        return made;
      };
      try {
        for (let i = 0; i < steps.length; i += atOnce) {
          const batch = steps.slice(i, i + atOnce);
          await Promise.all(
            batch.map(async (step) => {
              const expected = answers === "same" ? foretell(model, step) : undefined;
              const answer = await perform(clientOf(step), model, step);
              checkOwner(step, answer);
              if (expected !== undefined)
                expect(summary(answer, expected)).toEqual(expected.answer);
              if (isToken(answer) && answer.token_source === "identity_provider") {
                model.keep(grantOf(answer.access_token), step.do);
              }
              if (step.do === "remove") model.remove(step);
            }),
          );
        }
        await checkPartitions(store);
      } finally {
        await close?.();
      }
    },
  );
  await fc.assert(property, {
    numRuns: options.runs,
    interruptAfterTimeLimit: options.limit,
    markInterruptAsFailure: false,
  });
}

type Answer = TokenResult | Account[] | null | undefined;

interface Expected {
  answer: unknown;
  /** Any of these is right. */
  serials?: readonly number[];
}

/** What the model says before the step is done. */
function foretell(model: Model, step: Step): Expected {
  switch (step.do) {
    case "accounts":
      return { answer: model.accounts() };
    case "remove":
    case "wait":
      return { answer: undefined };
    case "sign in":
      return { answer: "identity_provider" };
    case "refresh":
      return { answer: model.isRenewable(step) ? "identity_provider" : null };
    default: {
      const serials = model.find(step).map(({ serial }) => serial);
      if (serials.length > 0) return { answer: "cache, the right one", serials };
      const can = step.do !== "silent" || model.isRenewable(step);
      return { answer: can ? "identity_provider" : null };
    }
  }
}

function summary(answer: Answer, { serials = [] }: Expected): unknown {
  if (Array.isArray(answer)) {
    return answer.map(({ homeAccountId }) => homeAccountId.split(".")[0]).sort();
  }
  if (!isToken(answer)) return answer;
  if (answer.token_source !== "cache") return answer.token_source;
  const { serial } = grantOf(answer.access_token);
  return serials.includes(serial) ? "cache, the right one" : `cache, number ${serial}`;
}

/** Whatever the cache does: this is whose token it is. */
function checkOwner(step: Step, answer: Answer): void {
  if (!isToken(answer)) return;
  const { user, tenant, client, scopes, assertion } = grantOf(answer.access_token);
  const own = step.do === "app" ? undefined : step.user;
  expect({ user, tenant, client }).toEqual({ user: own, tenant: step.tenant, client: step.client });
  expect(scopes.split(" ")).toEqual(expect.arrayContaining([...step.scopes]));
  // Signed out by another client, a user is no longer known, but this client's tokens are still there.
  const account = answer.account?.homeAccountId;
  if (account !== undefined || own === undefined) expect(account).toBe(own && homeOf(own));
  if (step.do === "exchange") expect(assertion).toBe(assertionOf(step.user, step.assertion));
}

/** No user's entry is ever written under another's partition, nor one of an assertion under another one's. */
async function checkPartitions(store: TokenStore | undefined): Promise<void> {
  const owners = new Map<string, string>();
  for await (const partition of store?.partitions?.() ?? []) {
    for (const [key, value] of (await store?.read(partition)) ?? []) {
      if (!key.startsWith("AccessToken:") && !key.startsWith("RefreshToken:")) continue;
      const { user, assertion, client, tenant } = grantOf(JSON.parse(value).secret);
      const owner = assertion ?? user ?? `${client} in ${tenant}`;
      expect(owners.get(partition) ?? owner).toBe(owner);
      owners.set(partition, owner);
    }
  }
  expect(new Set(owners.values()).size).toBe(owners.size);
}

async function perform(
  app: ConfidentialClientApplication,
  model: Model,
  step: Step,
): Promise<Answer> {
  const { user, scopes, assertion } = step;
  const account = accountOf(user);
  switch (step.do) {
    case "sign in":
      return app.acquireTokenByAuthorizationCode(`code ${user}`, scopes);
    case "silent":
      return app.acquireTokenSilent(scopes, account);
    case "refresh":
      return app.acquireTokenSilent(scopes, account, { forceRefresh: true });
    case "exchange":
      return app.acquireTokenOnBehalfOf(assertionOf(user, assertion), scopes);
    case "app":
      return app.acquireTokenForClient(scopes);
    case "accounts":
      return app.getAccounts();
    case "remove":
      return app.removeAccount(account) as Promise<undefined>;
    case "wait":
      model.now += step.seconds;
      return undefined;
  }
}

function stepOf(): fc.Arbitrary<Step> {
  const what: Step["do"][] = [
    ...(["sign in", "sign in", "silent", "silent", "silent", "refresh"] as const),
    ...(["exchange", "exchange", "app", "accounts", "remove", "wait"] as const),
  ];
  return fc.record({
    do: fc.constantFrom(...what),
    process: fc.nat({ max: 5 }),
    user: fc.constantFrom(...USERS),
    tenant: fc.constantFrom(...TENANTS),
    client: fc.constantFrom(...CLIENTS),
    scopes: fc.subarray(SCOPES, { minLength: 1, maxLength: 2 }),
    assertion: fc.nat({ max: 1 }),
    seconds: fc.constantFrom(1, 20, 40, 3000),
  });
}

/** An identity provider that redeems each refresh token once. */
function createProvider(): { answer: HttpClient } {
  let serial = 0;
  const redeemable = new Set<string>();
  const answer: HttpClient = async (url, { body = "" }) => {
    const form = new URLSearchParams(body);
    const tenant = new URL(url).pathname.split("/")[1] ?? "";
    const client = form.get("client_id") ?? "";
    const type = form.get("grant_type");
    const secret = form.get("refresh_token") ?? "";
    if (type === "refresh_token" && !redeemable.delete(secret)) {
      return { status: 400, ...respond({ error: "invalid_grant" }) };
    }
    const assertion = form.get("assertion") ?? undefined;
    const user =
      form.get("code")?.split(" ")[1] ??
      assertion?.split("/")[1] ??
      (type === "refresh_token" ? grantOf(secret).user : undefined);
    const asked = (form.get("scope") ?? "").split(" ");
    const scopes = asked.filter((scope) => SCOPES.includes(scope)).sort();
    const grant: Grant = {
      ...{ tenant, client, scopes: scopes.join(" "), serial: serial++ },
      ...(user !== undefined && { user }),
      ...(assertion !== undefined && { assertion }),
    };
    const tokens = {
      ...{ token_type: "Bearer", expires_in: LIFETIME, scope: grant.scopes },
      access_token: tokenOf("access", grant),
    };
    if (user === undefined) return { status: 200, ...respond(tokens) };
    const refresh_token = tokenOf("refresh", grant);
    redeemable.add(refresh_token);
    const claims = { aud: client, tid: tenant, oid: user, sub: user, preferred_username: user };
    const id_token = idToken({ ...claims, iss: `https://${HOST}/${tenant}/v2.0` });
    const more = { refresh_token, id_token, client_info: clientInfo(user) };
    return { status: 200, ...respond({ ...tokens, ...more }) };
  };
  return { answer };
}

function respond(body: unknown): { headers: Headers; text: () => Promise<string> } {
  return { headers: new Headers(), text: async () => JSON.stringify(body) };
}

function tokenOf(kind: string, grant: Grant): string {
  return `${kind}.${Buffer.from(JSON.stringify(grant)).toString("base64url")}`;
}

function grantOf(token: string): Grant {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Grant;
}

function assertionOf(user: string, number: number): string {
  return `assertion-${number}/${user}`;
}

function homeOf(user: string): string {
  return `${user}.${CONTOSO}`;
}

function accountOf(user: string): Account {
  return {
    ...{ homeAccountId: homeOf(user), environment: HOST, username: user, localAccountId: user },
    ...{ realm: CONTOSO, authorityType: "MSSTS" },
  };
}

function isToken(answer: Answer): answer is Extract<TokenResult, { access_token: string }> {
  return typeof answer === "object" && answer !== null && "access_token" in answer;
}
