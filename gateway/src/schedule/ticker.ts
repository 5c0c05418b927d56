import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import { backoffDelayMs } from '../kernel/backoff.ts';
import type { Clock, Timer } from '../kernel/clock.ts';
import { Problem, problems } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { contentFromSend } from '../messages/catalogue/catalogue.ts';
import { newMessageId } from '../outbox/message-id.ts';
import { notOpen, type Sender, takesMessages } from '../outbox/sender.ts';
import { OrderOver } from '../outbox/store.ts';
import type { SessionState } from '../sessions/state.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import { type Decision, decide } from './decide.ts';
import { failedDraft } from './report.ts';
import type { Fault, Schedule, ScheduleStore } from './store.ts';

export interface TickerDeps {
  readonly store: Pick<ScheduleStore, 'due' | 'nextAtMs' | 'advance'>;
  readonly sessions: {
    recordOf(key: SessionKey): SessionRecord | null;
    /** Throws `session_not_found`. */
    resolve(workspaceId: string, id: string): { record: SessionRecord; state: SessionState };
  };
  readonly sender: Pick<Sender, 'fulfil'>;
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Schedules read at a time. */
const PAGE = 100;

/** Messages made at a time; each may fetch its media. */
const AT_ONCE = 8;

/** The longest rest: the clock of the machine may be set, or have slept. */
const LOOK_AGAIN_MS = 60_000;

/** A message that could not be made, for a reason that may pass, is tried this often. */
const MAX_TRIES = 5;
const RETRY = { baseMs: 2_000, capMs: 60_000 };

type Making = Extract<Decision, { kind: 'make' }>;

/**
 * Sees to each schedule when its time has come. One loop with one timer; everything it knows is in
 * storage, so it can begin anew at any instant.
 */
export class Ticker {
  readonly #deps: TickerDeps;
  /** Failures in a row to make a message, and when to try again, by schedule. */
  readonly #failures = new Map<string, { readonly tries: number; readonly againAtMs: number }>();
  #stopped = false;
  #running = false;
  #again = false;
  #loop: Promise<void> = Promise.resolve();
  #timer: Timer | null = null;

  constructor(deps: TickerDeps) {
    this.#deps = deps;
  }

  /** Looks at once. */
  wake(): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#again = true;
    if (!this.#running) this.#loop = this.#run();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#deps;
    this.#running = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const nextMs = await this.#look().catch((error: unknown) => {
        logger.error({ err: error }, 'schedules could not be seen to');
        return clock.now() + RETRY.baseMs;
      });
      if (this.#again || this.#stopped) continue;
      const delayMs = Math.min(LOOK_AGAIN_MS, Math.max(0, nextMs - clock.now()));
      this.#timer = clock.after(delayMs, () => this.wake());
    }
    this.#running = false;
  }

  /** Answers when to look again. */
  async #look(): Promise<number> {
    const { store, clock } = this.#deps;
    const waiting = this.#waiting();
    const due = await store.due(clock.now(), waiting, PAGE);
    if (due.length < PAGE) this.#forgetAllBut([...waiting, ...due.map(({ id }) => id)]);
    const rest = due.values();
    const work = async () => {
      for (const schedule of rest) {
        if (this.#stopped) return;
        await this.#seeTo(schedule).catch((error: unknown) => {
          this.#deps.logger.error({ err: error, schedule: schedule.id }, 'a schedule is stuck');
          this.#tryLater(schedule, 1);
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    if (due.length === PAGE) this.#again = true;
    const retries = [...this.#failures.values()].map(({ againAtMs }) => againAtMs);
    const nextMs = await store.nextAtMs(this.#waiting());
    return Math.min(nextMs ?? Number.POSITIVE_INFINITY, ...retries);
  }

  /** Those that are not to be tried yet. */
  #waiting(): string[] {
    const nowMs = this.#deps.clock.now();
    return [...this.#failures].flatMap(([id, { againAtMs }]) => (againAtMs > nowMs ? [id] : []));
  }

  /** What is no longer due was changed or removed meanwhile. */
  #forgetAllBut(ids: readonly string[]): void {
    const kept = new Set(ids);
    for (const id of this.#failures.keys()) if (!kept.has(id)) this.#failures.delete(id);
  }

  async #seeTo(schedule: Schedule): Promise<void> {
    const { store, sessions, clock } = this.#deps;
    const decision = decide(schedule, clock.now());
    const session = sessions.recordOf(schedule.sessionKey);
    // Being removed, and its schedules with it.
    if (!session) return this.#tryLater(schedule, 1);
    if (decision.kind === 'rest') return;
    if (decision.kind === 'skip') {
      this.#failures.delete(schedule.id);
      await store.advance(schedule.id, schedule.revision, decision.step, null, NO_NEWS);
      return;
    }
    const { state } = sessions.resolve(session.workspaceId, session.id);
    if (takesMessages(session, state)) return this.#make(session, schedule, decision);
    // The session tells itself how it is; an event each minute would tell no more.
    const { message } = notOpen(session, state);
    await this.#moveOn(schedule, decision, { code: 'session_not_open', reason: message }, []);
  }

  async #make(session: SessionRecord, schedule: Schedule, decision: Making): Promise<void> {
    const { sender, random } = this.#deps;
    const { id, revision, to, content } = schedule;
    const { occurrenceMs, step, expiresAtMs } = decision;
    try {
      const request = contentFromSend({ ...content, to });
      const timing = { sendAtMs: null, expiresAtMs };
      const order = { kind: 'schedule', scheduleId: id, revision, occurrenceMs, step } as const;
      const manner = { order, messageId: newMessageId(random), priority: 'direct' } as const;
      await sender.fulfil(session, { ...request, timing }, manner);
      this.#failures.delete(id);
    } catch (error) {
      // Changed or removed in the meantime: what stands now is read at the next look.
      if (error instanceof OrderOver) this.#again = true;
      else await this.#notMade(session, schedule, decision, error);
    }
  }

  /** Gives the occurrence up, or notes when to try once more. */
  async #notMade(
    session: SessionRecord,
    schedule: Schedule,
    decision: Making,
    error: unknown,
  ): Promise<void> {
    const { logger } = this.#deps;
    const problem = error instanceof Problem ? error : null;
    if (problem?.code === 'storage_unavailable') throw error;
    const tries = (this.#failures.get(schedule.id)?.tries ?? 0) + 1;
    const mayPass = problem === null || problems[problem.code].retryable;
    if (mayPass && tries < MAX_TRIES) {
      logger.warn({ err: error, schedule: schedule.id, tries }, 'a message was not made yet');
      this.#tryLater(schedule, tries);
      return;
    }
    const fault: Fault = problem
      ? { code: problem.code, reason: problem.message }
      : { code: 'internal_error', reason: 'The message could not be made.' };
    const draft = failedDraft(session, schedule, decision.occurrenceMs, fault);
    await this.#moveOn(schedule, decision, fault, [draft]);
  }

  #tryLater({ id }: Schedule, tries: number): void {
    const { clock, random } = this.#deps;
    const againAtMs = clock.now() + backoffDelayMs(RETRY, tries, random.next());
    this.#failures.set(id, { tries, againAtMs });
  }

  /** The occurrence makes no message. */
  async #moveOn(
    { id, revision }: Schedule,
    { occurrenceMs, step, laterMs }: Making,
    fault: Fault,
    drafts: readonly EventDraft[],
  ): Promise<void> {
    const { store, events } = this.#deps;
    this.#failures.delete(id);
    const batch = events.plan(drafts);
    const notMade = { ...fault, atMs: occurrenceMs };
    const moved = { nextAtMs: laterMs, missed: step.missed + 1 };
    if (await store.advance(id, revision, moved, notMade, batch)) events.committed(batch);
  }
}

const NO_NEWS = { events: [], deliveries: [] };
