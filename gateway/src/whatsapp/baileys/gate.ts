import type { EventEmitter } from 'node:events';
import type { BinaryNode } from 'baileys';
import type { Logger } from '../../kernel/logger.ts';

/** How often something is offered to its recorder before it is left to WhatsApp to send it again. */
const TRIES = 3;

/** What becomes of a stanza: the library gets it, or nothing is left for it to do. */
export type Next = 'pass' | 'done';

/**
 * Steps in front of the library's handlers of a stanza. `before` sees each stanza first; when it answers
 * with a promise, the library gets the stanza, and acknowledges it, only once that is fulfilled, and
 * not at all when the answer is `done`. A rejection means the library never gets it: WhatsApp will deliver it again.
 */
export function stepInFront(
  socket: EventEmitter,
  event: string,
  before: (stanza: BinaryNode) => Promise<Next | void> | null,
): void {
  const handlers = socket.listeners(event);
  socket.removeAllListeners(event);
  const pass = (stanza: BinaryNode) => {
    for (const handler of handlers) handler.call(socket, stanza);
  };
  socket.on(event, (stanza: BinaryNode) => {
    const wait = before(stanza);
    if (!wait) return pass(stanza);
    void wait.then(
      (next) => next === 'done' || pass(stanza),
      () => undefined,
    );
  });
}

/** Offers something to its recorder, three times at most; rejects when it was not recorded. */
export async function offer(record: () => Promise<void>, logger: Logger): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      return await record();
    } catch (error) {
      if (round < TRIES) continue;
      logger.error({ err: error }, 'a stanza was not recorded; WhatsApp will send it again');
      throw error;
    }
  }
}
