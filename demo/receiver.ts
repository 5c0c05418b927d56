import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WebhookBody {
  readonly event: string;
  readonly sessionId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A consumer of webhooks, as yours may be: it answers first and works afterwards. */
export class Receiver extends EventEmitter<{ webhook: [WebhookBody] }> {
  readonly #server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      response.writeHead(200).end();
      this.emit('webhook', JSON.parse(text) as WebhookBody);
    });
  });

  /** Listens on a free port; resolves with the URL to post to. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
