/**
 * Stands between a client and its server, and counts what passes.
 *
 * @module
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** A proxy on loopback. Two commands on their way at the same time are one round trip. */
export class CountingProxy {
  readonly port: number;
  /** Bytes in both directions. */
  bytes = 0;
  /** How often the client spoke after the server had. */
  roundTrips = 0;
  #serverSpokeLast = true;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    const address = server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
  }

  static async before(port: number): Promise<CountingProxy> {
    const sockets = new Set<Socket>();
    const server = createServer((client) => {
      const upstream = connect(port, "127.0.0.1");
      for (const socket of [client, upstream]) {
        sockets.add(socket.on("error", () => {}));
        socket.on("close", () => {
          client.destroy();
          upstream.destroy();
        });
      }
      client.on("data", (data) => {
        proxy.#count(data, false);
        upstream.write(data);
      });
      upstream.on("data", (data) => {
        proxy.#count(data, true);
        client.write(data);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new CountingProxy(server, sockets);
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  reset(): void {
    this.bytes = 0;
    this.roundTrips = 0;
    this.#serverSpokeLast = true;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #count(data: Buffer, fromServer: boolean): void {
    this.bytes += data.length;
    if (!fromServer && this.#serverSpokeLast) this.roundTrips++;
    this.#serverSpokeLast = fromServer;
  }
}
