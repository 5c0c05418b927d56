import { describe, expect, it } from 'vitest';
import { decideNext, releaseOf } from './pace.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, presetPolicy } from './policy.ts';
import { NO_RESTRICTIONS } from './restrictions.ts';
import { type Happening } from './simulate.ts';
import { gentle, run, START, situation, waiting } from './testing/situations.ts';

describe('whose turn it is', () => {
  const free = { ...gentle, typing: null };

  it('is a warm chat before a cold one that came a little earlier', () => {
    const next = decideNext(
      free,
      [
        waiting({ messageId: 'cold', dueAtMs: START - 5 * MINUTE_MS, chatId: '1@s.whatsapp.net' }),
        waiting({ messageId: 'warm', heardAtMs: START, chatId: '2@s.whatsapp.net' }),
      ],
      situation(),
    );
    expect(next?.job.messageId).toBe('warm');
  });

  it('is an answer before bulk', () => {
    const next = decideNext(
      free,
      [
        waiting({ messageId: 'bulk', priority: 'bulk', heardAtMs: START, dueAtMs: START - 1000 }),
        waiting({ messageId: 'answer', heardAtMs: START, chatId: '2@s.whatsapp.net' }),
      ],
      situation(),
    );
    expect(next?.job.messageId).toBe('answer');
  });

  it('is a begun chat while strangers have to wait, however many are before it', () => {
    const job = { priority: 'bulk', textKey: null, effort: { kind: 'none' } } as const;
    const happenings: Happening[] = [{ type: 'wrote', atMs: START - HOUR_MS, chatId: 'begun@lid' }];
    for (const chatId of [...Array.from({ length: 30 }, (_, n) => `${n}@lid`), 'begun@lid']) {
      happenings.push({ type: 'accepted', atMs: START, messageId: chatId, chatId, ...job });
    }
    const sends = run(gentle, happenings, 1);
    const place = sends.findIndex(({ chatId }) => chatId === 'begun@lid');
    expect(sends[place]).toMatchObject({ budget: 'warm' });
    expect(place).toBeLessThan(5);
    expect(sends.filter(({ budget }) => budget === 'cold')).toHaveLength(30);
  });

  it('comes to a cold message in the end, however many answers keep coming', () => {
    const happenings: Happening[] = [];
    const job = { priority: 'direct', textKey: null, effort: { kind: 'none' } } as const;
    happenings.push({
      type: 'accepted',
      atMs: START,
      messageId: 'cold',
      chatId: 'cold@lid',
      ...job,
    });
    for (let second = 0; second < 3600; second++) {
      const atMs = START + second * 1000;
      const chatId = `${second % 50}@lid`;
      happenings.push({ type: 'heard', atMs, chatId });
      happenings.push({ type: 'accepted', atMs, messageId: `warm ${second}`, chatId, ...job });
    }
    const cold = run(gentle, happenings, 1).find(({ messageId }) => messageId === 'cold');
    expect((cold?.atMs ?? Infinity) - START).toBeLessThan(15 * MINUTE_MS);
  });

  it('does not let short messages overtake a long one', () => {
    const queue = [
      waiting({
        messageId: 'long',
        chatId: '1@lid',
        heardAtMs: START,
        effort: { kind: 'typed', characters: 500 },
      }),
      waiting({ messageId: 'short', chatId: '2@lid', heardAtMs: START, priority: 'bulk' }),
    ];
    const next = decideNext(gentle, queue, situation());
    expect(next).toMatchObject({ job: { messageId: 'long' }, reason: 'typing' });
    expect(next?.show).toEqual({ state: 'composing', fromMs: START });
  });
});

describe('what WhatsApp forbids', () => {
  const restricted = {
    ...NO_RESTRICTIONS,
    cold: { untilMs: START + HOUR_MS, cause: 'reach_out_timelock' },
  } as const;

  it.each(['off', 'gentle', 'strict'] as const)('holds under "%s"', (preset) => {
    const policy = presetPolicy(preset, 'UTC');
    const now = situation({ restrictions: restricted });
    const cold = releaseOf(policy, waiting(), now);
    expect(cold.atMs).toBeGreaterThanOrEqual(START + HOUR_MS);
    const warm = releaseOf(policy, waiting({ heardAtMs: START }), now);
    expect(warm.atMs).toBeLessThan(START + MINUTE_MS);
  });

  it('holds further messages to somebody who has not answered, too', () => {
    const now = situation({ restrictions: restricted });
    const further = releaseOf(gentle, waiting({ wroteAtMs: START - 1000 }), now);
    expect(further).toEqual({ atMs: START + HOUR_MS, reason: 'restricted' });
  });

  it('counts new chats against their quota', () => {
    const newChats = { left: 2, total: 10, resetsAtMs: START + DAY_MS };
    const job = { priority: 'direct', textKey: null, effort: { kind: 'none' } } as const;
    const happenings: Happening[] = [
      { type: 'restricted', atMs: START, restrictions: { ...NO_RESTRICTIONS, newChats } },
      ...[1, 2, 3].map((id) => ({
        ...job,
        type: 'accepted' as const,
        atMs: START,
        messageId: `${id}`,
        chatId: `${id}@lid`,
      })),
    ];
    const sends = run(gentle, happenings, 1);
    expect(sends.map(({ atMs }) => atMs >= START + DAY_MS)).toEqual([false, false, true]);
    expect(sends[2]?.reason).toBe('new_chat_quota');
  });
});
