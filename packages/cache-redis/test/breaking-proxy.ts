/**
 * Stands between a client and its server, and breaks connections off.
 *
 * @module
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** A proxy on loopback. */
export class BreakingProxy {
  readonly port: number;
  /** Connections that were broken off as they began. */
  broken = 0;
  #toBreak = 0;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();

  private constructor(server: Server, upstream: number) {
    this.#server = server.on("connection", (client) => this.#accept(client, upstream));
    const address = server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
  }

  static async before(port: number): Promise<BreakingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new BreakingProxy(server, port);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Breaks off every connection, and that many of the next ones when the client has spoken first. */
  breakOff(next: number): void {
    this.#toBreak = next;
    for (const client of this.#clients) client.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket, upstream: number): void {
    this.#clients.add(client.on("error", () => {}));
    client.on("close", () => this.#clients.delete(client));
    if (this.#toBreak > 0) {
      this.#toBreak--;
      client.once("data", () => {
        this.broken++;
        client.resetAndDestroy();
      });
      return;
    }
    const server = connect(upstream, "127.0.0.1").on("error", () => client.destroy());
    client.on("close", () => server.destroy());
    client.pipe(server).pipe(client);
  }
}
