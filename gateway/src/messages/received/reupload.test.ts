import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { NotConnected } from '../../whatsapp/port.ts';
import type { LostMedia, Reupload } from '../../whatsapp/reupload.ts';
import type { MessageRecord } from '../store.ts';
import { type AskPhone, createAskPhone } from './reupload.ts';
import { encryptMedia } from './testing.ts';

const { reference } = encryptMedia(Buffer.from('a picture'));
const uploaded: Reupload = { kind: 'uploaded', directPath: '/v/again' };

let clock: VirtualClock;
let isConnected: boolean;
let asked: { lost: LostMedia; answer: (answer: Reupload) => void; end: () => void }[];
let kept: string[];
let ask: AskPhone;

beforeEach(() => {
  clock = new VirtualClock();
  isConnected = true;
  asked = [];
  kept = [];
  const uploadAgain = (lost: LostMedia) =>
    new Promise<Reupload>((answer, reject) => {
      asked.push({ lost, answer, end: () => reject(new NotConnected('it ended')) });
    });
  ask = createAskPhone({
    connectionOf: () => (isConnected ? { uploadAgain } : null),
    messages: {
      find: async (_key, messageId) =>
        ({ messageId, encoded: Buffer.from('old') }) as unknown as MessageRecord,
      replaceEncoded: async (key, messageId, encoded) =>
        void kept.push(`${key} ${messageId} ${Buffer.from(encoded).toString()}`),
    },
    targets: {
      target: async (_key, { messageId }) => ({
        messageId,
        chatId: 'chat',
        fromMe: false,
        participant: null,
        participantAlt: null,
      }),
    },
    codec: { relocate: (_encoded, _mediaKey, directPath) => Buffer.from(`at ${directPath}`) },
    clock,
    logger: silentLogger,
  });
});

/** Lets what is under way come to its next wait. */
const settle = () => clock.advance(0);

describe('asking the phone', () => {
  it('keeps the new place, and asks once for all who want the file', async () => {
    const both = [ask(7, 'M1', reference), ask(7, 'M1', reference)];
    await settle();
    expect(asked.map(({ lost }) => lost)).toMatchObject([
      { target: { messageId: 'M1' }, mediaKey: reference.mediaKey },
    ]);
    asked[0]?.answer(uploaded);
    const moved = { kind: 'moved', directPath: '/v/again' };
    expect(await Promise.all(both)).toEqual([moved, moved]);
    expect(kept).toEqual(['7 M1 at /v/again']);
    expect(clock.pending).toBe(0);
  });

  it('waits 20 seconds for each who asks, and keeps what is said later', async () => {
    const first = ask(7, 'M1', reference);
    await clock.advance(20_000);
    expect(await first).toEqual({ kind: 'unanswered' });
    const second = ask(7, 'M1', reference);
    await settle();
    expect(asked).toHaveLength(1);
    asked[0]?.answer(uploaded);
    expect(await second).toEqual({ kind: 'moved', directPath: '/v/again' });
    expect(kept).toHaveLength(1);
  });

  it('asks a silent phone again for those who come a minute later, and hears either answer', async () => {
    const waiting = [ask(7, 'M1', reference)];
    await clock.advance(59_999);
    waiting.push(ask(7, 'M1', reference));
    await settle();
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    const late = [ask(7, 'M1', reference), ask(7, 'M1', reference)];
    await settle();
    expect(asked).toHaveLength(2);
    asked[0]?.answer({ kind: 'unanswered' });
    await settle();
    late.push(ask(7, 'M1', reference));
    await settle();
    expect(asked).toHaveLength(2);
    asked[1]?.answer(uploaded);
    const moved = { kind: 'moved', directPath: '/v/again' };
    expect(await Promise.all(late)).toEqual([moved, moved, moved]);
    expect(await waiting[0]).toEqual({ kind: 'unanswered' });
    expect(clock.pending).toBe(0);
  });

  it.each([
    [{ kind: 'refused', reason: 'not_found' } as const, 'not_found'],
    [{ kind: 'refused', reason: 'failed' } as const, 'failed'],
    [{ kind: 'unanswered' } as const, 'unanswered'],
  ])('passes on that it was not uploaded: %o', async (answer, kind) => {
    const work = ask(7, 'M1', reference);
    await settle();
    asked[0]?.answer(answer);
    expect(await work).toEqual({ kind });
    expect(kept).toEqual([]);
  });

  it('says so when there is no connection, or it ends', async () => {
    const work = ask(7, 'M1', reference);
    await settle();
    asked[0]?.end();
    expect(await work).toEqual({ kind: 'offline' });
    isConnected = false;
    expect(await ask(7, 'M1', reference)).toEqual({ kind: 'offline' });
  });
});
