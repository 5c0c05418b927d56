import type { Reading } from './metrics.ts';

/** What is asked of the queue of sends. */
interface SendQueue<Key> {
  sessionsWithPending(): Promise<readonly Key[]>;
  counts(key: Key, nowMs: number): Promise<{ readonly due: number; readonly scheduled: number }>;
  due(
    key: Key,
    query: {
      readonly dueByMs: number;
      readonly exceptChats: readonly string[];
      readonly exceptMessages: readonly string[];
      readonly limit: number;
    },
  ): Promise<readonly { readonly head: { readonly dueAtMs: number } }[]>;
}

/** Sessions looked at for one scrape; the figures are of these. */
const MAX_ASKED = 200;

/** How much waits to be sent, and for how long: pacing makes both grow, and so does a session that is away. */
export function queueReadings<Key>(queue: SendQueue<Key>, now: () => number): Reading[] {
  const asked = async () => (await queue.sessionsWithPending()).slice(0, MAX_ASKED);
  return [
    {
      name: 'queue_messages',
      help: 'Sends that are not over: due by now, or scheduled for later',
      label: 'state',
      async read() {
        const figures = { due: 0, scheduled: 0 };
        for (const key of await asked()) {
          const { due, scheduled } = await queue.counts(key, now());
          figures.due += due;
          figures.scheduled += scheduled;
        }
        return figures;
      },
    },
    {
      name: 'queue_age_seconds',
      help: 'How long the send that is first in line in any session has been due',
      label: null,
      async read() {
        let oldestMs = now();
        for (const key of await asked()) {
          const [first] = await queue.due(key, {
            dueByMs: oldestMs,
            exceptChats: [],
            exceptMessages: [],
            limit: 1,
          });
          oldestMs = Math.min(oldestMs, first?.head.dueAtMs ?? oldestMs);
        }
        return { '': (now() - oldestMs) / 1000 };
      },
    },
  ];
}
