/**
 * What a case is: an application, what it is asked, and what it is answered on the wire.
 *
 * @module
 */
import type { Replies } from "./replies.js";

export const HOST = "login.microsoftonline.com";
export const TENANT = "c0a7050c-0000-4000-8000-000000000001";
export const AUTHORITY = `https://${HOST}/${TENANT}`;
export const CLIENT = "0f0e0d0c-0b0a-4908-8706-050403020100";
export const SECRET = "wire secret+&=%/é";
export const GRAPH = "https://graph.microsoft.com/.default";
export const SCOPES = ["User.Read", "Mail.Read"] as const;
export const ADA = "ada@contoso.com";
export const OID = "0a0a0a0a-0000-4000-8000-00000000ada0";
export const CLAIMS = '{"access_token": {"nbf": {"essential": true, "value": "1604106651"}}}';

/** When every case begins; seconds since the epoch. */
export const START = 1_700_000_000;

/** One call of both libraries, or time that passes. */
export type Step = Call | { advance: number };

/** A call, in our names; `python-names.ts` has MSAL Python's. */
export interface Call {
  call: string;
  /** Arguments by position, the same in both libraries. */
  args: readonly unknown[];
  options?: Readonly<Record<string, unknown>>;
  /** Arguments by name that MSAL Python alone has. */
  python?: Readonly<Record<string, unknown>>;
  /** What the browser brings back; `state` is added. */
  browser?: Readonly<Record<string, string>>;
}

/** A case. */
export interface WireCase {
  name: string;
  class: "PublicClientApplication" | "ConfidentialClientApplication";
  /** Of the constructor. */
  options: Readonly<Record<string, unknown>>;
  /** What the token cache holds: the unified schema. Absent: nothing. */
  cache?: string;
  /** What is answered where not the usual is. */
  replies?: Replies;
  steps: readonly Step[];
}

/** One row of a table of cases, without what its table has in common. */
export type Row = Partial<Omit<WireCase, "name">> & {
  /** Of the table's call. */
  call?: Omit<Partial<Call>, "call">;
};

/** Cases of one call: each row changes what is given to all of them. */
export function table(
  common: Omit<WireCase, "name" | "steps"> & Call,
  rows: Readonly<Record<string, Row>>,
): WireCase[] {
  const { class: kind, options, cache, replies, ...call } = common;
  return Object.entries(rows).map(([name, row]) => ({
    name: `${call.call}: ${name}`,
    class: row.class ?? kind,
    options: { authority: AUTHORITY, ...options, ...row.options },
    ...((row.cache ?? cache) && { cache: row.cache ?? cache }),
    replies: { ...replies, ...row.replies },
    steps: row.steps ?? [{ ...call, ...row.call }],
  }));
}

/** Stands for what an earlier call returned, or for a member of it. */
export function fromStep(step: number, member?: string): object {
  return member === undefined ? { $step: step } : { $step: step, member };
}

/** What came of a call. */
export interface Outcome {
  /** `tokens`, `refused: invalid_grant`, `thrown`, … */
  kind: string;
  /** Where the user was sent. */
  urls: readonly string[];
  /** What was thrown, for whoever reads the report. */
  error?: string;
}
