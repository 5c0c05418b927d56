import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PATIENCE_MS } from './patience.ts';

/** A delivery as it arrived. */
export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly id: string;
    readonly event: string;
    readonly sessionId: string;
    readonly workspaceId: string;
    readonly timestamp: string;
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** A consumer of webhooks that keeps what it gets. */
export interface WebhookReceiver {
  readonly url: string;
  readonly received: readonly ReceivedWebhook[];
  /** What it answers from now on; 200 at the start. */
  answerWith(status: number): void;
  /** The first delivery, past or future, that fits; rejects after `timeoutMs`. */
  waitFor(
    fits: (webhook: ReceivedWebhook) => boolean,
    timeoutMs?: number,
  ): Promise<ReceivedWebhook>;
  close(): Promise<void>;
}

/** Listens on a free port of this machine, or on a given one. */
export async function createWebhookReceiver(port = 0): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const lookers = new Set<() => void>();
  let status = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (status < 300) {
        received.push({
          path: request.url ?? '/',
          headers: request.headers,
          body: JSON.parse(Buffer.concat(chunks).toString('utf8')),
        });
      }
      response.writeHead(status).end();
      for (const look of lookers) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    received,
    answerWith: (next) => void (status = next),
    waitFor: (fits, timeoutMs = PATIENCE_MS) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          lookers.delete(look);
          const seen = received.map(({ body }) => body.event).join(', ') || 'nothing';
          reject(new Error(`no fitting webhook in ${timeoutMs} ms; seen: ${seen}`));
        }, timeoutMs);
        const look = () => {
          const found = received.find(fits);
          if (!found) return;
          clearTimeout(timer);
          lookers.delete(look);
          resolve(found);
        };
        lookers.add(look);
        look();
      }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
