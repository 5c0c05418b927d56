import type { WebhookReceiver } from '../support/webhook-receiver.ts';

/** What the webhook told: messages as `<session> <text>`, texts as `<chat and author> #<number>`. */
export class Reports {
  readonly #receiver: WebhookReceiver;
  #read = 0;
  readonly #idsOf = new Map<string, Set<string>>();
  readonly #seen = new Set<string>();
  readonly #lastOf = new Map<string, number>();
  readonly #outOfOrder: string[] = [];

  constructor(receiver: WebhookReceiver) {
    this.#receiver = receiver;
  }

  /** Those that were not reported yet. */
  missing(written: readonly string[]): string[] {
    this.#catchUp();
    return written.filter((message) => !this.#idsOf.has(message));
  }

  /** Those that were reported under more than one event id. */
  doubled(): string[] {
    this.#catchUp();
    return [...this.#idsOf].flatMap(([message, ids]) => (ids.size > 1 ? [message] : []));
  }

  /** Those that came, for the first time, after one that their author wrote later in that chat. */
  outOfOrder(): readonly string[] {
    this.#catchUp();
    return this.#outOfOrder;
  }

  #catchUp(): void {
    const { received } = this.#receiver;
    for (; this.#read < received.length; this.#read++) {
      const body = received[this.#read]?.body;
      if (!body) continue;
      const { id, sessionId, data } = body;
      const text = String(data['text']);
      const message = `${sessionId} ${text}`;
      this.#idsOf.set(message, (this.#idsOf.get(message) ?? new Set()).add(id));
      if (this.#seen.has(id)) continue;
      this.#seen.add(id);
      const [author = '', number] = text.split('#');
      const chat = `${sessionId} ${String(data['chatId'])} ${author}`;
      if (Number(number) <= (this.#lastOf.get(chat) ?? 0)) this.#outOfOrder.push(message);
      else this.#lastOf.set(chat, Number(number));
    }
  }
}
