import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a receiver saw it. */
export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly rawBody: string;
  readonly body: {
    readonly id: string;
    readonly event: string;
    readonly sessionId: string | null;
    readonly timestamp: string;
    readonly data: Record<string, unknown>;
  };
}

/** Answers a request; may leave it hanging. */
export type Answering = (response: ServerResponse, received: Received) => void;

/** A webhook receiver on this machine that remembers what it got and answers as it is told. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  answering: Answering;
  /** Resolves when `count` requests have come in all. */
  waitFor(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Answers 200 with nothing. */
export const ok: Answering = (response) => void response.writeHead(200).end();

export async function startReceiver(answering: Answering = ok): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const rawBody = Buffer.concat(chunks).toString();
      const one: Received = { headers: request.headers, rawBody, body: JSON.parse(rawBody) };
      received.push(one);
      receiver.answering(response, one);
      for (const waiter of waiting) {
        if (received.length < waiter.count) continue;
        waiting.delete(waiter);
        waiter.resolve();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answering,
    waitFor: (count) =>
      received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.add({ count, resolve })),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
