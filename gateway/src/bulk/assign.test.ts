import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, type Member } from './assign.ts';

const member = (key: number, fields: Partial<Member> = {}): Member => ({
  key,
  room: 100,
  queued: 0,
  takesMs: (jobs) => jobs * 1_000,
  ...fields,
});

const strangers = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ position: index + 1, knownTo: [] as number[] }));

const sharesOf = (members: readonly Member[], count: number) => {
  const given = assign(members, strangers(count));
  return members.map(({ key }) => given.filter((one) => one.key === key).length);
};

describe('sharing recipients among sessions', () => {
  it('gives equal sessions equal shares, and quicker ones more', () => {
    expect(sharesOf([member(1), member(2)], 40)).toEqual([20, 20]);
    expect(sharesOf([member(1), member(2, { takesMs: (jobs) => jobs * 3_000 })], 40)).toEqual([
      30, 10,
    ]);
    expect(sharesOf([member(1, { queued: 30 }), member(2)], 40)).toEqual([5, 35]);
  });

  it('gives one that WhatsApp holds back nothing while the other is quicker', () => {
    const held = member(1, { takesMs: (jobs) => 3_600_000 + jobs * 1_000 });
    expect(sharesOf([held, member(2)], 40)).toEqual([0, 40]);
  });

  it('lets people hear from whom they know, and wait for them when there is no room', () => {
    const members = [member(1, { room: 1 }), member(2)];
    const candidates = [
      { position: 1, knownTo: [1] },
      { position: 2, knownTo: [1, 2] },
      { position: 3, knownTo: [9] },
    ];
    expect(assign(members, candidates)).toEqual([
      { position: 1, key: 1 },
      { position: 3, key: 2 },
    ]);
  });

  it('never gives anybody twice, more than there is room, or to a stranger of who is known', () => {
    const anyMember = fc.record({
      key: fc.integer({ min: 1, max: 4 }),
      room: fc.integer({ min: 0, max: 5 }),
      queued: fc.nat({ max: 9 }),
      pace: fc.nat({ max: 9 }),
    });
    const pool = fc.uniqueArray(anyMember, { selector: ({ key }) => key, maxLength: 4 });
    const known = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }));
    fc.assert(
      fc.property(pool, known, (settings, knownTo) => {
        const members = settings.map(({ pace, ...fields }) => ({
          ...fields,
          takesMs: (jobs: number) => jobs * pace,
        }));
        const candidates = knownTo.map((keys, index) => ({ position: index + 1, knownTo: keys }));
        const given = assign(members, candidates);
        expect(new Set(given.map(({ position }) => position)).size).toBe(given.length);
        for (const { key, room } of members) {
          expect(given.filter((one) => one.key === key).length).toBeLessThanOrEqual(room);
        }
        for (const { position, key } of given) {
          const friends = (knownTo[position - 1] ?? []).filter((one) =>
            members.some((each) => each.key === one),
          );
          expect(friends.length === 0 || friends[0] === key).toBe(true);
        }
        const full = members.every(
          ({ key, room }) => given.filter((one) => one.key === key).length === room,
        );
        const lonely = candidates.filter(
          ({ position, knownTo: keys }) =>
            !given.some((one) => one.position === position) &&
            !keys.some((key) => members.some((one) => one.key === key)),
        );
        expect(full || lonely.length === 0).toBe(true);
      }),
    );
  });
});
