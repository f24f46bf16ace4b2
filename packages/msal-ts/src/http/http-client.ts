/**
 * The seam to the network: what a client sends requests with.
 *
 * @module
 */
import type { Signal } from "./abort.js";
import type { ProxyChoice } from "./proxies.js";

/** What an {@link HttpClient} is asked to send. */
export interface HttpInit {
  method: "GET" | "POST";
  headers: Record<string, string>;
  /** A form; for the federation server of a user, an XML document. `headers` name its type. */
  body?: string;
  /** Aborts when the caller gives up or the timeout passes. */
  signal: AbortSignal;
  /** Redirects are never followed: a credential must not travel to where an answer points. */
  redirect: "manual";
}

/** Sends one request. Any `fetch` fits. It follows no redirect and retries nothing of its own. */
export type HttpClient = (
  url: string,
  init: HttpInit,
) => Promise<Pick<Response, "status" | "text"> & { headers: Pick<Headers, "get"> }>;

/** What a client sends with: a transport of ours, or the caller's. */
export type Transport = (url: string, init: TransportInit) => ReturnType<HttpClient>;

/** What the transport of a runtime may be told. */
export interface TransportOptions {
  /** `false` accepts any certificate; text is a PEM bundle, or the path of one. */
  verify: boolean | string;
  /** What leads through a proxy; absent: nothing, or what the runtime decides. */
  proxies?: ProxyChoice;
  /** Bytes of an answer that are read at most; of a longer one, enough to be seen to be longer. */
  maxBody: number;
}

/** What a transport of ours is asked to send. It follows no redirect either. */
export interface TransportInit extends Pick<HttpInit, "method" | "headers"> {
  body: string | undefined;
  /** Aborts when the caller gives up or the timeout passes. */
  ending: Signal;
  /** Nobody waits for the answer: the connection must not keep the process alive. */
  background: boolean;
  /** What is sent works once: it must not be sent again on the chance that it was not read, nor meet a dead connection. */
  once: boolean;
  /** What is sent may be used up now: the answer is handed on as it comes, before anybody can leave. */
  prompt: boolean;
  /** Answered by this machine or its host alone: no proxy may see it. */
  direct: boolean;
}
