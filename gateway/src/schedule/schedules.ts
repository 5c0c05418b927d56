import { parseRecipient } from '../contacts/recipient.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import { contentFromSend } from '../messages/catalogue/catalogue.ts';
import { createIdempotency, type Idempotency } from '../outbox/idempotency.ts';
import type { IdempotencyMark } from '../outbox/store.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { ScheduleFields } from './body.ts';
import { firstAfter } from './decide.ts';
import { checkRhythm, occurrencesAfter, type Rhythm } from './rhythm.ts';
import type { Occurrence, Schedule, ScheduleStore } from './store.ts';
import { Ticker, type TickerDeps } from './ticker.ts';

/** A schedule with what comes and what was. */
export interface ScheduleView {
  readonly schedule: Schedule;
  /** The coming occurrences, at most five. */
  readonly next: readonly number[];
  /** The last ones, newest first. */
  readonly occurrences: readonly Occurrence[];
}

/** What a schedule cannot be without, and what it may have. */
export type NewSchedule = ScheduleFields & Pick<Rhythm, 'cron' | 'timeZone'> & Pick<Schedule, 'to'>;

/** Messages that go out again and again; what is due is seen to by a loop of their own. */
export interface Schedules {
  /**
   * Throws a `Problem` when pattern, time zone, recipient or content is none, and `too_many_schedules`.
   * With an idempotency key an equal request within 24 hours answers the first one's schedule.
   */
  create(
    session: SessionRecord,
    fields: NewSchedule,
    idempotencyKey?: string,
  ): Promise<{ readonly view: ScheduleView; readonly replayed: boolean }>;
  list(session: SessionRecord, limit: number, after: string | null): Promise<Schedule[]>;
  /** Throws `schedule_not_found`, as do those below. */
  get(session: SessionRecord, id: string): Promise<ScheduleView>;
  /** What is left out stays. A new rhythm counts from now. */
  change(session: SessionRecord, id: string, fields: ScheduleFields): Promise<ScheduleView>;
  /** What it has queued already still goes out. */
  remove(session: SessionRecord, id: string): Promise<void>;
  /** The coming five occurrences of a rhythm; throws when it is none. */
  preview(rhythm: Pick<Rhythm, 'cron' | 'timeZone'>): number[];
  /** Begins to see to what comes, and to what came while the service was down. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ScheduleDeps extends TickerDeps {
  readonly store: ScheduleStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

/** Schedules of one session. */
const MAX_SCHEDULES = 1_000;

/** Coming occurrences that are shown. */
const SHOWN = 5;

export function createSchedules(deps: ScheduleDeps): Schedules {
  return new TickedSchedules(deps);
}

class TickedSchedules implements Schedules {
  readonly #deps: ScheduleDeps;
  readonly #ticker: Ticker;
  readonly #idempotency: Idempotency;

  constructor(deps: ScheduleDeps) {
    this.#deps = deps;
    this.#ticker = new Ticker(deps);
    this.#idempotency = createIdempotency(deps.store, deps.clock);
  }

  async create(session: SessionRecord, fields: NewSchedule, idempotencyKey?: string) {
    const first = async (mark: IdempotencyMark | null) => ({
      view: await this.#make(session, fields, mark),
      replayed: false,
    });
    if (idempotencyKey === undefined) return first(null);
    return this.#idempotency.run(session.key, idempotencyKey, fields, first, async (id) => ({
      view: await this.get(session, id),
      replayed: true,
    }));
  }

  async #make(
    session: SessionRecord,
    fields: NewSchedule,
    idempotency: IdempotencyMark | null,
  ): Promise<ScheduleView> {
    const { store, clock, ids } = this.#deps;
    const nowMs = clock.now();
    const { name = null, maxOccurrences = null, enabled = true, to, content = {} } = fields;
    const { cron, timeZone, startsAtMs = null, endsAtMs = null } = fields;
    const draft = {
      id: ids(),
      sessionKey: session.key,
      name,
      rhythm: { cron, timeZone, startsAtMs, endsAtMs },
      maxOccurrences,
      enabled,
      to,
      content,
      made: 0,
      missed: 0,
      revision: 1,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      idempotency,
    };
    checkRhythm(draft.rhythm, nowMs);
    checkMessage(draft);
    const schedule: Schedule = { ...draft, nextAtMs: firstAfter(draft, nowMs) };
    if (!(await store.create(schedule, MAX_SCHEDULES))) {
      throw new Problem(
        'too_many_schedules',
        `A session has up to ${MAX_SCHEDULES} schedules. Remove one first.`,
      );
    }
    this.#ticker.wake();
    return { schedule, next: coming(schedule), occurrences: [] };
  }

  list(session: SessionRecord, limit: number, after: string | null): Promise<Schedule[]> {
    return this.#deps.store.list(session.key, limit, after);
  }

  async get(session: SessionRecord, id: string): Promise<ScheduleView> {
    const schedule = await this.#find(session, id);
    const occurrences = await this.#deps.store.occurrences(id);
    return { schedule, next: coming(schedule), occurrences };
  }

  async change(session: SessionRecord, id: string, fields: ScheduleFields): Promise<ScheduleView> {
    const { store, clock } = this.#deps;
    // An occurrence may be seen to at the same instant: then the change is made to what that left.
    for (;;) {
      const before = await this.#find(session, id);
      const after = changed(before, fields, clock.now());
      if (await store.change(after)) break;
    }
    this.#ticker.wake();
    return this.get(session, id);
  }

  async remove(session: SessionRecord, id: string): Promise<void> {
    await this.#find(session, id);
    await this.#deps.store.remove(id);
  }

  preview({ cron, timeZone }: Pick<Rhythm, 'cron' | 'timeZone'>): number[] {
    const rhythm = { cron, timeZone, startsAtMs: null, endsAtMs: null };
    const nowMs = this.#deps.clock.now();
    checkRhythm(rhythm, nowMs);
    return first(SHOWN, occurrencesAfter(rhythm, nowMs));
  }

  async start(): Promise<void> {
    this.#ticker.wake();
  }

  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  async #find(session: SessionRecord, id: string): Promise<Schedule> {
    const schedule = await this.#deps.store.find(id);
    if (schedule?.sessionKey === session.key) return schedule;
    throw new Problem('schedule_not_found', `The session "${session.id}" has no schedule "${id}".`);
  }
}

/** The schedule with the changes; its next occurrence moves only when the rhythm does. */
function changed(before: Schedule, fields: ScheduleFields, nowMs: number): Schedule {
  const { cron, timeZone, startsAtMs, endsAtMs, ...others } = fields;
  const rhythm: Rhythm = {
    cron: cron ?? before.rhythm.cron,
    timeZone: timeZone ?? before.rhythm.timeZone,
    startsAtMs: startsAtMs === undefined ? before.rhythm.startsAtMs : startsAtMs,
    endsAtMs: endsAtMs === undefined ? before.rhythm.endsAtMs : endsAtMs,
  };
  const after = { ...before, ...others, rhythm, updatedAtMs: nowMs };
  checkMessage(after);
  const otherRhythm = [cron, timeZone, startsAtMs, endsAtMs].some((field) => field !== undefined);
  if (otherRhythm) checkRhythm(rhythm, nowMs);
  const stays =
    !otherRhythm &&
    after.enabled === before.enabled &&
    after.maxOccurrences === before.maxOccurrences;
  return stays ? after : { ...after, nextAtMs: firstAfter(after, nowMs) };
}

/** All that can be known to be wrong with the message before it is sent. */
function checkMessage({ to, content }: Pick<Schedule, 'to' | 'content'>): void {
  contentFromSend({ ...content, to });
  const recipient = parseRecipient(to);
  if (recipient.kind !== 'invalid') return;
  throw new Problem('invalid_recipient', `"${to}" is no recipient: ${recipient.reason}`, [
    { field: '/to', message: recipient.reason },
  ]);
}

function coming(schedule: Schedule): number[] {
  const { rhythm, nextAtMs, made, maxOccurrences } = schedule;
  if (nextAtMs === null) return [];
  const left = maxOccurrences === null ? SHOWN : Math.min(SHOWN, maxOccurrences - made);
  return first(left, occurrencesAfter(rhythm, nextAtMs - 1));
}

function first(count: number, many: Iterable<number>): number[] {
  const taken: number[] = [];
  for (const one of many) {
    if (taken.length >= count) break;
    taken.push(one);
  }
  return taken;
}
