/**
 * Which proxy a request goes through: the one that the application names, or the one that the environment does.
 *
 * Spec: RFC 9110 §9.3.6 (CONNECT); the environment has no specification but what curl and Go do.
 *
 * @module
 */
import { describe, isPlainObject, quote } from "../describe.js";
import { MsalError } from "../errors.js";

/** Proxies by the protocol of what is asked for. */
export interface Proxies {
  /** For `https` URLs, for example `"http://proxy.contoso.com:8080"`. */
  https?: string | undefined;
  /** For `http` URLs. Only a computer's own loopback addresses have such, so this is a proxy on it as well. */
  http?: string | undefined;
}

/** Where a request goes. */
type Target = Pick<URL, "protocol" | "hostname" | "port">;

/** What {@link Proxies} or the environment comes to. */
export interface ProxyChoice {
  /** The application named them; false: the environment is asked. */
  readonly named: boolean;
  /**
   * The proxy for a URL; undefined: none.
   *
   * @throws {@link MsalError} `invalid_argument` if the environment names one that is none.
   */
  proxyFor(target: Target): URL | undefined;
}

const EXAMPLE = '{ https: "http://proxy.contoso.com:8080" }';
const MEMBERS: readonly string[] = ["http", "https"];

/**
 * Chooses by the option, or by `HTTPS_PROXY` and `NO_PROXY` if there is none.
 *
 * @throws {@link MsalError} `invalid_argument` that names the member, never with what it holds: a proxy's
 * URL may hold a password.
 */
export function chooseProxies(proxies: unknown): ProxyChoice {
  if (proxies === undefined) return { named: false, proxyFor: fromEnvironment };
  if (!isPlainObject(proxies)) {
    throw new MsalError(
      "invalid_argument",
      `The option proxies must be an object, for example ${EXAMPLE}; it is ${describe(proxies)}.`,
    );
  }
  const named = new Map<string, URL>();
  for (const [name, value] of Object.entries(proxies)) {
    if (!MEMBERS.includes(name)) {
      throw new MsalError(
        "invalid_argument",
        `The option proxies has no member ${quote(name)}. Its members are http and https: the protocols of what is asked for.`,
      );
    }
    if (value !== undefined) named.set(`${name}:`, parse(value, `The option proxies.${name}`));
  }
  return {
    named: true,
    proxyFor({ protocol, hostname }) {
      const proxy = named.get(protocol);
      // Another computer would look for it on itself, and what goes there over http is not even encrypted.
      return isLoopback(hostname) && !isLoopback(proxy?.hostname ?? "") ? undefined : proxy;
    },
  };
}

function fromEnvironment({ protocol, hostname, port }: Target): URL | undefined {
  // HTTP_PROXY is not read: http is for loopback alone, and under CGI it is a header that anybody may send.
  if (protocol !== "https:" || isLoopback(hostname)) return undefined;
  const value = environment("HTTPS_PROXY");
  if (value === undefined || isExcepted(hostname, port || "443")) return undefined;
  return parse(value, "The environment variable HTTPS_PROXY");
}

/** A variable, in lower case first; empty counts as absent. */
function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name.toLowerCase()] || process?.env?.[name] || undefined;
}

/** Whether `NO_PROXY` names a host: itself or a domain it is in, with or without a port; `*` is every host. */
function isExcepted(hostname: string, port: string): boolean {
  const host = hostname.replace(/\.$/, "");
  return (environment("NO_PROXY") ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === "*") return true;
      const [, name = "", onlyPort] = /^(?:\*?\.)?(\[.*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
      if (name === "" || (onlyPort !== undefined && onlyPort !== port)) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}

function parse(value: unknown, what: string): URL {
  const wrong = (why: string) =>
    new MsalError(
      "invalid_argument",
      `${what} must be the URL of a proxy, for example "http://proxy.contoso.com:8080", with user name and password in it if it asks for them; ${why}.`,
    );
  if (typeof value !== "string" || value === "") throw wrong(`it is ${describe(value)}`);
  const text = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(text)) throw wrong(`it is ${describe(value)} that is no URL`);
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw wrong(`its protocol must be http or https, it is ${quote(url.protocol.slice(0, -1))}`);
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw wrong("it must end with the host and the port (a script, PAC, is not one)");
  }
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    throw wrong('a "%" in its user name or password must be written as "%25"');
  }
  return url;
}

/** Whether a host, as a URL has it, is this computer. */
function isLoopback(hostname: string): boolean {
  return /^(?:(?:.*\.)?localhost\.?|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
