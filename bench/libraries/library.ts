/**
 * What a library is asked to do here.
 *
 * @module
 */
import type { Work } from "../timing.js";

/** Where tokens come from over the network. */
export interface Server {
  /** For example `https://localhost:41234`. */
  url: string;
}

/** A key and a certificate to authenticate with. */
export interface Certificate {
  /** PKCS#8 PEM. */
  privateKey: string;
  /** PEM. */
  certificate: string;
  /** SHA-256 of the certificate, hexadecimal. */
  thumbprint: string;
}

/** What a library keeps of users, as text. */
export interface TextCache {
  /** A cache of so many users, as the library itself writes it. */
  text(users: number): Promise<string>;
  /** Reads it into memory. */
  load(text: string): { save(): string };
}

/** What calls cost, in a process of their own, without a socket: whatever the network would say is there at once. */
export type Operation = (size: number, certificate: Certificate) => Promise<Work>;

/** A library, or a floor below all of them. */
export interface Library {
  /** By name. Each answers for the size it is given; see the question of that operation. */
  operations: Readonly<Record<string, Operation>>;
  /** Asks the server for an application's own token, a new one with each call. */
  misses?: (server: Server) => (lane: number) => Work;
}
