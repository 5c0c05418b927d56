import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';

export interface ProxyServer {
  /** With the right credentials. */
  readonly url: string;
  readonly port: number;
  /** `host:port` of every connection that was asked for with the right credentials, in order. */
  readonly targets: readonly string[];
  /** What went through to and from targets with this port. */
  bytes(port: number): number;
  /** Ends every connection and listens no more. */
  close(): Promise<void>;
}

export const PROXY_USER = 'shop@office';
export const PROXY_PASSWORD = 'p:ss/word';
const USER_INFO = `${encodeURIComponent(PROXY_USER)}:${encodeURIComponent(PROXY_PASSWORD)}`;

/** The connections of one proxy: joins them, counts, and lets neither side outlive the other. */
class Traffic {
  readonly targets: string[] = [];
  readonly sockets = new Set<Socket>();
  readonly #bytes = new Map<number, number>();

  track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => this.sockets.delete(socket));
  }

  /** Connects to the target; `answer` tells the client, before anything goes through. */
  join(client: Socket, host: string, port: number, answer: (connected: boolean) => void): void {
    this.targets.push(`${host}:${port}`);
    const server = connect(port, host);
    this.track(server);
    server.once('error', () => answer(false));
    server.once('connect', () => {
      answer(true);
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        from.on('data', ({ length }: Buffer) => {
          this.#bytes.set(port, this.bytes(port) + length);
        });
        from.pipe(to);
        from.once('close', () => to.destroy());
      }
    });
  }

  bytes(port: number): number {
    return this.#bytes.get(port) ?? 0;
  }
}

/** What an `https` proxy shows its clients, as PEM. */
export interface ProxyCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/**
 * A proxy by the CONNECT method with Basic credentials, on a free port or on a given one; with a
 * certificate it is reached over TLS only.
 */
export async function createHttpProxy(
  port = 0,
  certificate: ProxyCertificate | null = null,
): Promise<ProxyServer> {
  const traffic = new Traffic();
  const server = certificate
    ? createTlsServer({ cert: certificate.certPem, key: certificate.keyPem })
    : createServer();
  server.on('request', (_request, response) => void response.writeHead(405).end());
  // Who does not trust the certificate hangs up.
  server.on('tlsClientError', () => undefined);
  const wanted = `Basic ${Buffer.from(`${PROXY_USER}:${PROXY_PASSWORD}`).toString('base64')}`;
  server.on('connect', (request, stream) => {
    const client = stream as Socket;
    if (certificate) traffic.track(client);
    const say = (status: string) => client.write(`HTTP/1.1 ${status}\r\n\r\n`);
    if (request.headers['proxy-authorization'] !== wanted) {
      say('407 Proxy Authentication Required');
      client.end();
      return;
    }
    const target = new URL(`http://${request.url}`);
    traffic.join(client, target.hostname, Number(target.port || 80), (connected) => {
      say(connected ? '200 Connected' : '502 Bad Gateway');
      if (!connected) client.end();
    });
  });
  return serve(server, traffic, certificate ? 'https' : 'http', port);
}

/** A SOCKS5 proxy that wants user and password (RFC 1928 and 1929) and names in requests. */
export async function createSocksProxy(port = 0): Promise<ProxyServer> {
  const traffic = new Traffic();
  const server = createTcpServer((client) => {
    const refuse = (...bytes: number[]) => void client.end(Uint8Array.from(bytes));
    const next = (then: (message: Buffer) => void) => void client.once('data', then);
    const asked = (message: Buffer) => {
      const isName = message[3] === 3;
      const end = isName ? 5 + (message[4] ?? 0) : 8;
      const host = isName ? message.toString('utf8', 5, end) : message.subarray(4, 8).join('.');
      client.pause();
      traffic.join(client, host, message.readUInt16BE(end), (connected) => {
        const reply = [5, connected ? 0 : 5, 0, 1, 0, 0, 0, 0, 0, 0];
        if (connected) client.write(Uint8Array.from(reply));
        else refuse(...reply);
      });
    };
    next((greeting) => {
      if (!greeting.subarray(2).includes(2)) return refuse(5, 0xff);
      client.write(Uint8Array.of(5, 2));
      next((login) => {
        const length = login[1] ?? 0;
        const user = login.toString('utf8', 2, 2 + length);
        const password = login.toString('utf8', 3 + length);
        if (user !== PROXY_USER || password !== PROXY_PASSWORD) return refuse(1, 1);
        client.write(Uint8Array.of(1, 0));
        next(asked);
      });
    });
  });
  return serve(server, traffic, 'socks5', port);
}

async function serve(
  server: Server,
  traffic: Traffic,
  scheme: string,
  wanted: number,
): Promise<ProxyServer> {
  server.on('connection', (socket: Socket) => traffic.track(socket));
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://${USER_INFO}@127.0.0.1:${port}`,
    port,
    targets: traffic.targets,
    bytes: (target) => traffic.bytes(target),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of traffic.sockets) socket.destroy();
      await closed;
    },
  };
}
