import { deflateSync } from 'node:zlib';
import { proto } from 'baileys';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../kernel/logger.ts';
import { seededRandom } from '../../../kernel/random.ts';
import { VirtualClock } from '../../../kernel/virtual-clock.ts';
import type { Notice } from '../../notice.ts';
import type { JournalEntry } from '../../store.ts';
import { HistoryIntake } from './intake.ts';

const CHAT = '5511888888888@s.whatsapp.net';
const { HistorySyncType } = proto.HistorySync;

/** A chunk with so many messages of one chat, newest first. */
function chunk(messages: number, nowMs: number): Uint8Array {
  const history: proto.IHistorySync = {
    syncType: HistorySyncType.RECENT,
    progress: 40,
    conversations: [
      {
        id: CHAT,
        messages: Array.from({ length: messages }, (_, i) => ({
          message: {
            key: { remoteJid: CHAT, id: `m${i}`, fromMe: false },
            message: { conversation: `text ${i}` },
            messageTimestamp: Math.floor(nowMs / 1000) - i,
          },
        })),
      },
    ],
  };
  return deflateSync(proto.HistorySync.encode(history).finish());
}

describe('the intake of history', () => {
  let clock: VirtualClock;
  let chunks: Map<number, Uint8Array>;
  let kept: string[];
  let notices: Notice[];
  let isBusy: boolean;
  let failures: number;
  /** Points to what WhatsApp stores; null: the chunk comes along. */
  let stored: { readonly directPath: string; readonly mediaKey: Uint8Array } | null;
  let asked: number;
  let intake: HistoryIntake;

  beforeEach(() => {
    clock = new VirtualClock();
    chunks = new Map();
    kept = [];
    notices = [];
    isBusy = false;
    failures = 0;
    stored = null;
    asked = 0;
    intake = new HistoryIntake({
      key: 1,
      journal: {
        openJournal: async (_key, after, limit) =>
          [...chunks.keys()]
            .filter((id) => id > after)
            .slice(0, limit)
            .map((id) => ({ id, receivedAtMs: clock.now() }) as JournalEntry),
        closeJournal: async (_key, ids) => ids.forEach((id) => chunks.delete(id)),
      },
      read: async ({ id }) => ({
        id,
        lane: 'history',
        content: {
          kind: 'history',
          notification: stored ?? { initialHistBootstrapInlinePayload: chunks.get(id) ?? null },
        },
      }),
      egress: {
        agent: () => {
          throw new Error('not asked for');
        },
        // A server that never answers.
        dispatcher: { dispatch: () => ++asked > 0 },
      },
      budget: { days: 30 },
      lidMapping: { storeLIDPNMappings: async () => undefined, getKnownLid: async () => null },
      keys: { withTokens: (work) => work({ get: async () => ({}), set: async () => undefined }) },
      isBusy: () => isBusy,
      onNotice: async (notice) => void notices.push(notice),
      onPast: async (messages) => {
        if (failures-- > 0) throw new Error('disk');
        kept.push(...messages.map(({ messageId }) => messageId));
        return messages.length;
      },
      clock,
      random: seededRandom(1),
      logger: silentLogger,
    });
  });

  const add = (id: number, bytes: Uint8Array) => {
    chunks.set(id, bytes);
    intake.push(id);
  };
  /** Lets time pass until something is the case. */
  const until = (fits: () => boolean) =>
    expect
      .poll(async () => {
        await clock.advance(1_000);
        return fits();
      })
      .toBe(true);
  const isDone = () => chunks.size === 0;

  it('keeps a chunk in steps, tells what it kept and only then lets go of it', async () => {
    add(1, chunk(120, clock.now()));
    await until(isDone);
    expect(kept).toEqual(Array.from({ length: 120 }, (_, i) => `m${i}`));
    expect(notices.map(({ type }) => type)).toEqual(['chats', 'history']);
    expect(notices[1]).toEqual({ type: 'history', percent: 40, chats: 1, messages: 120 });
  });

  it('waits while anything live does', async () => {
    isBusy = true;
    add(1, chunk(1, clock.now()));
    for (let i = 0; i < 5; i++) await clock.advance(1_000);
    expect([kept, notices, chunks.size]).toEqual([[], [], 1]);
    isBusy = false;
    await until(isDone);
    expect(kept).toEqual(['m0']);
  });

  it('does a chunk again that could not be kept, and those behind it all the same', async () => {
    failures = 2;
    add(1, chunk(1, clock.now()));
    add(2, chunk(1, clock.now()));
    await until(isDone);
    expect(kept).toEqual(['m0', 'm0']);
  });

  it('gives up what can never be read', async () => {
    add(1, Uint8Array.of(1, 2, 3));
    add(2, chunk(1, clock.now()));
    await until(isDone);
    expect(kept).toEqual(['m0']);
  });

  it('leaves the rest in the journal when it is stopped', async () => {
    isBusy = true;
    add(1, chunk(1, clock.now()));
    add(2, chunk(1, clock.now()));
    await intake.stop();
    expect([kept, [...chunks.keys()]]).toEqual([[], [1, 2]]);
  });

  it('ends a download at once when it is stopped, and leaves the chunk in the journal', async () => {
    stored = { directPath: '/v/chunk.enc', mediaKey: Buffer.alloc(32) };
    add(1, new Uint8Array());
    await expect.poll(() => asked).toBe(1);
    await intake.stop();
    expect([...chunks.keys()]).toEqual([1]);
  });
});
