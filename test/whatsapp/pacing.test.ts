import { afterEach, expect, it } from 'vitest';
import { seededRandom } from '../../gateway/src/kernel/random.ts';
import { VirtualClock } from '../../gateway/src/kernel/virtual-clock.ts';
import { SendHistory } from '../../gateway/src/outbox/pacing/history.ts';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  type PacingPolicy,
  presetPolicy,
} from '../../gateway/src/outbox/pacing/policy.ts';
import { NO_RESTRICTIONS } from '../../gateway/src/outbox/pacing/restrictions.ts';
import { type Happening, simulate } from '../../gateway/src/outbox/pacing/simulate.ts';
import {
  type Conduct,
  DEFAULT_PARAMETERS,
  GOOD_CONDUCT,
  judge,
} from '../../simulator/src/restriction/model.ts';
import { Harness } from './support/harness.ts';
import { PacedNumber } from './support/paced-number.ts';

const START = 1_760_000_000_000;
const off = presetPolicy('off', 'UTC');
const gentle = presetPolicy('gentle', 'UTC');
const strict = presetPolicy('strict', 'UTC');

/**
 * The scenario: a number linked a moment ago is told to write to `STRANGERS` people who never wrote to it.
 * What is shown holds for the simulator's model, whose thresholds are made up; WhatsApp's are unknown.
 */
const STRANGERS = 160;

/** A week of it in virtual time: all strangers at once, some answer, and others write by themselves. */
function week(seed: number): Happening[] {
  const random = seededRandom(seed);
  const happenings: Happening[] = [];
  const accept = (atMs: number, chatId: string, priority: 'direct' | 'bulk') =>
    happenings.push({
      type: 'accepted',
      atMs,
      messageId: String(happenings.length),
      chatId,
      priority,
      textKey: null,
      effort: { kind: 'typed', characters: Math.floor(random.next() * 200) },
    });
  for (let i = 0; i < STRANGERS; i++) {
    accept(START, `${1000 + i}@lid`, random.next() < 0.5 ? 'direct' : 'bulk');
  }
  for (let atMs = START; atMs < START + 7 * DAY_MS; atMs += random.next() * 40 * MINUTE_MS) {
    const chatId = `${Math.floor(1000 + random.next() * 2 * STRANGERS)}@lid`;
    happenings.push({ type: 'heard', atMs, chatId });
    accept(atMs + 1000, chatId, 'direct');
  }
  return happenings.sort((a, b) => a.atMs - b.atMs);
}

/** Plays a week before the model's eyes: how the account stood at worst, and how much went through. */
function fate(policy: PacingPolicy, seed: number) {
  const known = new Set<string>();
  const happenings = week(seed);
  const worst = new Set<Conduct['standing']['kind']>();
  const strangers = new Set<string>();
  let conduct = GOOD_CONDUCT;
  let at = 0;
  const beginning = {
    nowMs: START,
    history: new SendHistory(),
    restrictions: NO_RESTRICTIONS,
    warmUpFromMs: START,
    openedAtMs: START,
  };
  const random = seededRandom(seed + 1);
  const sends = simulate(
    policy,
    beginning,
    happenings,
    () => random.next(),
    ({ chatId: to, atMs: nowMs }) => {
      for (let next = happenings[at]; next && next.atMs <= nowMs; next = happenings[++at]) {
        if (next.type === 'heard') known.add(next.chatId);
      }
      const attempt = { to, isStranger: !known.has(to), nowMs };
      const judgement = judge(conduct, attempt, DEFAULT_PARAMETERS);
      conduct = judgement.conduct;
      worst.add(conduct.standing.kind);
      if (judgement.verdict === 'accepted') {
        strangers.add(to);
        return 'acked';
      }
      return judgement.verdict === 'banned' ? 403 : 463;
    },
  );
  for (const { atMs } of sends) if (atMs > START + 7 * DAY_MS) break;
  return { worst: [...worst], reached: strangers.size };
}

it('keeps a fresh number in good standing for a week in which an unpaced one is banned', () => {
  for (let seed = 1; seed <= 8; seed++) {
    expect(fate(off, seed).worst).toContain('banned');
    for (const policy of [gentle, strict]) expect(fate(policy, seed).worst).toEqual(['good']);
    expect(fate(gentle, seed).reached).toBeGreaterThanOrEqual(STRANGERS);
  }
});

it('leaves a warmed-up number in good standing however much it has to say', () => {
  const everyone = (policy: PacingPolicy) => ({ ...policy, warmUp: null });
  for (const policy of [gentle, strict]) expect(fate(everyone(policy), 1).worst).toEqual(['good']);
});

/** Hundreds of first messages cost some seconds, many on a machine with other work. */
const PATIENCE_MS = 240_000;

let harness: Harness | null = null;
let number: PacedNumber | null = null;

afterEach(async () => {
  await number?.stop();
  await harness?.close();
});

/** The same over the wire: the outbox, its storage, the adapter, and a server with the model on. */
async function writeToStrangers(policy: PacingPolicy) {
  const clock = new VirtualClock(START);
  harness = await Harness.start({ worldClock: clock });
  const { simulator } = harness;
  simulator.standings.useModel({});
  number = await PacedNumber.link(harness, clock, policy);
  const people = Array.from({ length: STRANGERS }, (_, i) =>
    simulator.accounts.create({ name: `Stranger ${i}` }),
  );
  for (const [i, person] of people.entries()) await number.enqueue(person, `Hello number ${i}`);
  const reached = () => people.filter(({ phone }) => phone.inbox.length > 0).length;
  return { clock, number, reached, standings: simulator.standings };
}

it(
  'is banned over the wire when it does not pace itself',
  async () => {
    const { number, reached, standings } = await writeToStrangers(off);
    await number.live(START + 5 * DAY_MS);
    expect(standings.isBanned(number.account.account)).toBe(true);
    expect(reached()).toBeLessThan(STRANGERS);
  },
  PATIENCE_MS,
);

it(
  'lives and reaches everybody over the wire with the default pace',
  async () => {
    const { number, reached, standings } = await writeToStrangers(gentle);
    await number.live(START + HOUR_MS);
    expect(reached()).toBeGreaterThanOrEqual(3);
    await number.live(START + 5 * DAY_MS);
    expect(standings.isBanned(number.account.account)).toBe(false);
    expect(standings.conductOf(number.account.account)).toMatchObject({
      standing: { kind: 'good' },
      restrictions: 0,
    });
    expect(await number.queued()).toBe(0);
    expect(reached()).toBe(STRANGERS);
  },
  PATIENCE_MS,
);
