import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { EventDraft } from '../events/plan.ts';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { closeAll, ending, endpoint, message, newFolder, openHouse } from './testing/house.ts';
import { startReceiver } from './testing/receiver.ts';

afterEach(closeAll);

/** What the receiver does with the next requests: take, refuse, or take and have the answer lost. */
type Mood = 'take' | 'refuse' | 'lose';

/** Batches of messages by chat, moods of the receiver, and after how many requests we restart. */
const run = fc.record({
  batches: fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 8 }), {
    minLength: 1,
    maxLength: 6,
  }),
  moods: fc.array(fc.constantFrom<Mood>('take', 'take', 'refuse', 'lose'), { maxLength: 25 }),
  restartAfter: fc.nat({ max: 15 }),
});

interface Took {
  readonly chat: string;
  readonly text: string;
  readonly id: string;
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** The model: each event is taken under one id, and first times keep the order of their chat. */
function firstTimes(took: readonly Took[]): Record<string, string[]> {
  const seen = new Map<string, string>();
  const chats: Record<string, string[]> = {};
  for (const { chat, text, id } of took) {
    if (seen.has(text) && seen.get(text) === id) continue;
    seen.set(text, id);
    (chats[chat] ??= []).push(text);
  }
  return chats;
}

function asSent(sent: readonly EventDraft[]): Record<string, string[]> {
  const chats: Record<string, string[]> = {};
  for (const { data } of sent) (chats[textOf(data.chatId)] ??= []).push(textOf(data.text));
  return chats;
}

describe('delivery', () => {
  it('loses nothing and keeps the order of each chat, whatever the receiver does', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ batches, moods, restartAfter }) => {
        const left = [...moods];
        const took: Took[] = [];
        const inbox = ending(
          await startReceiver((response, { body, headers }) => {
            const mood = left.shift() ?? 'take';
            if (mood !== 'refuse') {
              const { chatId, text } = body.data;
              took.push({
                chat: textOf(chatId),
                text: textOf(text),
                id: textOf(headers['webhook-id']),
              });
            }
            if (mood === 'take') response.writeHead(200).end();
            else if (mood === 'refuse') response.writeHead(500).end();
            else response.socket?.resetAndDestroy();
          }),
          (made) => made.close(),
        );
        const folder = await newFolder();
        const settings = { retryDelaysMs: Array.from({ length: 100 }, () => 1), concurrency: 3 };
        // A breaker would only make the test wait: it is reset by each success.
        const endpoints = [endpoint('one', inbox.url, settings)];
        let house = await openHouse(openUnsynced, folder, { endpoints });
        const sent: EventDraft[] = [];
        for (const [i, batch] of batches.entries()) {
          const drafts = batch.map((chat, j) => message(`${i}-${j}`, `chat-${chat}`));
          sent.push(...drafts);
          await house.events.report(drafts);
        }
        if (restartAfter < sent.length) {
          await inbox.waitFor(restartAfter);
          await house.stop(0);
          house = await openHouse(openUnsynced, folder);
        }
        const pending = () => house.storage.webhooks.countDeliveries('one', { state: 'pending' });
        while ((await pending()) > 0) {
          const health = house.webhooks.endpoints.find('default', 'one').health;
          if (health.openUntilMs !== null) {
            await house.webhooks.endpoints.update('default', 'one', { active: true });
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect(firstTimes(took)).toEqual(asSent(sent));
        await closeAll();
      }),
      { numRuns: 20 },
    );
  });
});
