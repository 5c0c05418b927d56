import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A TCP server that treats each request as it is told; knows nothing of HTTP. */
export interface RawServer {
  readonly port: number;
  /** Connections that sent something. */
  readonly requests: () => number;
  close(): Promise<void>;
}

/** Calls back at the first bytes of each connection; the callback answers, hangs or hangs up. */
export async function startRawServer(onRequest: (socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  let requests = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', () => {
      requests += 1;
      onRequest(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
