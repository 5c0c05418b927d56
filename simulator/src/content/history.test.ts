import { downloadAndProcessHistorySyncNotification, proto } from 'baileys';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import type { MediaServer } from '../media/port.ts';
import { createMediaServer } from '../media/server.ts';
import { toNumber } from './given.ts';
import {
  type HistoryChat,
  inlineHistory,
  makeHistory,
  openHistory,
  splitHistory,
  storedHistory,
} from './history.ts';

const BOB = '15550002@s.whatsapp.net';
const BOB_LID = '987@lid';

let media: MediaServer;
beforeAll(async () => {
  media = await createMediaServer({ random: seededRandom(1) });
});
afterAll(() => media.close());
afterEach(() => vi.unstubAllGlobals());

const chat: HistoryChat = {
  id: BOB,
  name: 'Bob',
  lid: BOB_LID,
  unread: 1,
  archived: true,
  messages: [
    { id: 'B', fromMe: false, pushName: 'Bob', atS: 1_700_000_060, message: { conversation: 'b' } },
    { id: 'A', fromMe: true, atS: 1_700_000_000, message: { conversation: 'a' }, status: 'read' },
  ],
};

const parts = {
  chats: [chat],
  pushNames: [{ jid: BOB, name: 'Bob' }],
  lidMappings: [{ phone: BOB, lid: BOB_LID }],
};

function numbered(count: number, chatIndex: number): HistoryChat {
  const messages = Array.from({ length: count }, (_, index) => ({
    id: `${chatIndex}-${index}`,
    fromMe: false,
    atS: 1_700_000_000 - index,
    message: { conversation: 'x' },
  }));
  return { id: `${chatIndex}@lid`, messages };
}

describe('history', () => {
  it('inside of a notification is read by Baileys', async () => {
    const history = makeHistory('bootstrap', parts, { order: 1, progress: 40 });
    const notification = inlineHistory(history);
    expect(notification).toMatchObject({ chunkOrder: 1, progress: 40 });
    const result = await downloadAndProcessHistorySyncNotification(notification, {});
    expect(result.progress).toBe(40);
    expect(result.syncType).toBe(proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP);
    expect(result.chats).toMatchObject([{ id: BOB, name: 'Bob', unreadCount: 1, archived: true }]);
    expect(result.contacts).toMatchObject([{ id: BOB, name: 'Bob', lid: BOB_LID }]);
    expect(result.lidPnMappings).toContainEqual({ lid: BOB_LID, pn: BOB });
    expect(result.messages).toMatchObject([
      { key: { id: 'B', fromMe: false }, message: { conversation: 'b' }, pushName: 'Bob' },
      { key: { id: 'A', fromMe: true }, status: proto.WebMessageInfo.Status.READ },
    ]);
  });

  it('with push names is read by Baileys', async () => {
    const history = makeHistory('push-names', parts, { order: 2, progress: 100 });
    const result = await downloadAndProcessHistorySyncNotification(inlineHistory(history), {});
    expect(result.contacts).toEqual([{ id: BOB, notify: 'Bob' }]);
  });

  it('stored like media is read by Baileys', async () => {
    const history = makeHistory('recent', parts, { order: 3, progress: 100 });
    const notification = storedHistory(history, { media, random: seededRandom(2) });
    const asked: string[] = [];
    // Baileys asks WhatsApp's host for it; the path is what is looked at here.
    vi.stubGlobal('fetch', async (url: string) => {
      asked.push(url);
      const { pathname, search } = new URL(url);
      return new Response(Buffer.from(media.read(pathname + search) ?? []));
    });
    const result = await downloadAndProcessHistorySyncNotification(notification, {});
    expect(asked).toEqual([`https://mmg.whatsapp.net${notification.directPath}`]);
    expect(result.messages).toHaveLength(2);
  });

  it('is opened again either way', () => {
    const history = makeHistory('full', parts, { order: 1, progress: 100 });
    const stored = storedHistory(history, { media, random: seededRandom(2) });
    for (const notification of [inlineHistory(history), stored]) {
      const opened = openHistory(notification, media);
      expect(opened.conversations[0]?.messages?.map(({ message }) => message?.key?.id)).toEqual([
        'B',
        'A',
      ]);
      expect(toNumber(opened.conversations[0]?.conversationTimestamp)).toBe(1_700_000_060);
    }
    expect(() => openHistory({}, media)).toThrow('no history');
  });

  it('is cut into chunks that lose nothing', () => {
    const sizes = fc.array(fc.nat(12), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 10 }), (counts, limit) => {
        const chunks = splitHistory('recent', counts.map(numbered), limit);
        const conversations = chunks.flatMap((chunk) => chunk.conversations ?? []);
        const ids = conversations.flatMap((one) => one.messages ?? []);
        expect(ids.map(({ message }) => message?.key?.id)).toEqual(
          counts.flatMap((count, index) => numbered(count, index).messages.map(({ id }) => id)),
        );
        expect(new Set(conversations.map(({ id }) => id)).size).toBe(counts.length);
        for (const [index, chunk] of chunks.entries()) {
          const inChunk = (chunk.conversations ?? []).flatMap((one) => one.messages ?? []);
          expect(inChunk.length).toBeLessThanOrEqual(limit);
          expect(chunk.chunkOrder).toBe(index + 1);
        }
        expect(chunks.at(-1)?.progress).toBe(100);
      }),
    );
  });
});
