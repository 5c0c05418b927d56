import type { AccountHandle } from '@whatsapp-gateway/simulator';
import type { GatewayProcess } from '../support/gateway-process.ts';

/** A message that the service has accepted, by request, of a list or by schedule. */
export interface Ordered {
  /** Of its session among the numbers. */
  readonly shop: number;
  readonly to: AccountHandle;
  readonly messageId: string;
  readonly text: string;
  /** Not before this instant. */
  readonly notBeforeMs: number;
}

/** What the number `shop` is to send by request: all texts to one chat, in this order. */
export interface Thread {
  readonly shop: number;
  readonly to: AccountHandle;
  readonly texts: readonly string[];
  readonly sendAtMs?: number;
}

/** Chats that are written to at the same time. */
const AT_ONCE = 8;

/** Between two tries to reach a process that is being killed and started. */
const KNOCK_EVERY_MS = 50;

/** A client that does what the guide says: the same request with the same key until it is answered. */
export class Client {
  readonly #gateway: GatewayProcess;
  #requests = 0;
  /** Requests that were made again because nobody answered. */
  repeated = 0;

  constructor(gateway: GatewayProcess) {
    this.#gateway = gateway;
  }

  async request(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const key = `request-${++this.#requests}`;
    for (;;) {
      const headers = method === 'POST' ? { 'idempotency-key': key } : {};
      const answer = await this.#gateway.call(method, path, body, headers).catch(() => null);
      if (answer && answer.status < 300) return answer.body;
      if (answer) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
      this.repeated++;
      await new Promise((resolve) => setTimeout(resolve, KNOCK_EVERY_MS));
    }
  }

  /** Requests every text, one after the other within a chat; `accepted` hears of each. */
  async order(threads: readonly Thread[], accepted: (order: Ordered) => void): Promise<void> {
    const rest = threads.values();
    const work = async () => {
      for (const { shop, to, texts, sendAtMs } of rest) {
        const timing = sendAtMs === undefined ? {} : { sendAt: new Date(sendAtMs).toISOString() };
        for (const text of texts) {
          const body = { to: to.number, text, ...timing };
          const answer = await this.request('POST', `/sessions/shop-${shop}/send?wait=0`, body);
          const messageId = String(answer['messageId']);
          accepted({ shop, to, messageId, text, notBeforeMs: sendAtMs ?? 0 });
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }
}
