import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  STATUS_CODES,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type ConnectionDeps, WireConnection } from './connection.ts';

/** PEM texts of the certificate that `wss:` shows. */
export interface TlsMaterial {
  readonly key: string;
  readonly cert: string;
}

export interface ListenerOptions extends ConnectionDeps {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host: string;
  readonly tls: TlsMaterial | null;
  /** Asked at each WebSocket upgrade: an HTTP status refuses it, null lets it in. */
  readonly refuseUpgrade: () => number | null;
}

/** The open port that clients connect to. */
export interface Listener {
  readonly url: string;
  /** Has plain HTTP requests to this port answered by `handler`; before that they get 404. */
  serve(handler: RequestListener): void;
  /** Cuts every connection, then stops listening. */
  close(): Promise<void>;
}

/** Clients connect to this path on the real servers; any other is answered with 404. */
const CHAT_PATH = '/ws/chat';

/** Starts to listen. Rejects when the port is taken. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { tls, host, port } = options;
  const http = tls ? createHttpsServer(tls) : createHttpServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  let nextId = 1;
  let answer: RequestListener = (_request, response) => void response.writeHead(404).end();
  http.on('request', (request, response) => answer(request, response));
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const status = path === CHAT_PATH ? options.refuseUpgrade() : 404;
    if (status !== null) return refuse(socket, status);
    sockets.handleUpgrade(request, socket, head, (client) => {
      new WireConnection(nextId++, client, options).start();
    });
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, () => {
      http.off('error', reject);
      resolve();
    });
  });
  const bound = (http.address() as AddressInfo).port;
  return {
    url: `${tls ? 'wss' : 'ws'}://${host}:${bound}${CHAT_PATH}`,
    serve: (handler) => void (answer = handler),
    async close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

function refuse(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
