import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A connection over the line: what the client holds, and what the server holds. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/** The way to a WebSocket server, which a test can break as networks break. */
export class Line {
  readonly #target: URL;
  readonly #pairs = new Set<Pair>();
  readonly #budgets: number[] = [];
  #listener: Server | null = null;
  #port = 0;
  #isSilent = false;

  private constructor(target: URL) {
    this.#target = target;
  }

  /** A line to the server with this URL; it works. */
  static async to(url: string): Promise<Line> {
    const line = new Line(new URL(url));
    await line.#listen();
    return line;
  }

  /** What leads to the server over this line. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = String(this.#port);
    return url.href;
  }

  /** Every connection breaks, and no new one can be made. */
  async cut(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    const closed = new Promise((resolve) => listener?.close(resolve));
    this.#breakAll();
    if (listener) await closed;
  }

  /** Nothing passes any more, and neither side is told: connections stay, new ones can be made. */
  silence(): void {
    this.#isSilent = true;
    for (const { client, server } of this.#pairs) for (const end of [client, server]) end.pause();
  }

  /** All is well again; what was under way in a silent line arrives late. */
  async mend(): Promise<void> {
    this.#isSilent = false;
    for (const { client, server } of this.#pairs) for (const end of [client, server]) end.resume();
    if (!this.#listener) await this.#listen();
  }

  /** Breaks what is there now; of the next connections each breaks after so many bytes of the server. */
  breakNext(...bytes: readonly number[]): void {
    this.#budgets.push(...bytes);
    this.#breakAll();
  }

  /** How many of the breaks that were asked for are still to come. */
  get breaksToCome(): number {
    return this.#budgets.length;
  }

  async close(): Promise<void> {
    this.#isSilent = false;
    await this.cut();
  }

  #breakAll(): void {
    for (const { client, server } of this.#pairs) for (const end of [client, server]) end.destroy();
  }

  async #listen(): Promise<void> {
    const listener = createServer((client) => this.#join(client));
    await new Promise<void>((resolve) => listener.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (listener.address() as AddressInfo).port;
    this.#listener = listener;
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    const pair = { client, server };
    this.#pairs.add(pair);
    let left = this.#budgets.shift() ?? Infinity;
    client.on('data', (bytes) => void server.write(bytes));
    server.on('data', (bytes) => {
      client.write(bytes);
      left -= bytes.length;
      if (left <= 0) client.destroy();
    });
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      end.on('error', () => end.destroy());
      // A silent line does not carry the news either.
      end.on('close', () => {
        if (!this.#isSilent) other.destroy();
        if (client.destroyed && server.destroyed) this.#pairs.delete(pair);
      });
    }
    if (this.#isSilent) for (const end of [client, server]) end.pause();
  }
}
