import { parseRecipient } from '../contacts/recipient.ts';
import type { Recipients } from '../contacts/recipients.ts';
import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import { backoffDelayMs } from '../kernel/backoff.ts';
import type { Clock, Timer } from '../kernel/clock.ts';
import { Problem, problems } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { Outbox } from '../outbox/contract.ts';
import type { Sender } from '../outbox/sender.ts';
import { OrderOver } from '../outbox/store.ts';
import type { SessionKey } from '../sessions/store.ts';
import { assign } from './assign.ts';
import { candidatesOf, membersOf, type PoolDeps } from './pool.ts';
import { requestFor } from './rendering.ts';
import { bulkDraft } from './report.ts';
import type { Bulk, BulkStore, Fault, Recipient } from './store.ts';
import { takeBack } from './take-back.ts';

export interface FeedDeps {
  readonly store: BulkStore;
  readonly sessions: PoolDeps['sessions'];
  readonly outbox: Pick<Outbox, 'pacing' | 'overview' | 'withdraw'>;
  readonly sender: Pick<Sender, 'fulfil'>;
  readonly recipients: Pick<Recipients, 'check'>;
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
    report(drafts: readonly EventDraft[]): Promise<void>;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Jobs of one bulk send that a session has at a time. Few, because what waits here can still go to
 * another session of the pool; enough that a session without a pace is never idle.
 */
const BACKLOG = 100;

/** Recipients read at a time. */
const PAGE = 200;

/** Messages made at a time; each may fetch its media. */
const AT_ONCE = 8;

/** News comes in crowds: so long after the first, the feed looks. */
const SOON_MS = 200;

/** The longest rest, for what nobody tells: a queue that is let go again, a session that is removed. */
const LOOK_AGAIN_MS = 30_000;

/** `bulk.progress` is told at most this often. */
const PROGRESS_EVERY_MS = 10_000;

/** A message that could not be made, for a reason that may pass, is tried this often. */
const MAX_TRIES = 5;
const RETRY = { baseMs: 2_000, capMs: 60_000 };

/** These were no failures of ours: the person cannot, or must not, be written to. */
const SKIPS: ReadonlySet<string> = new Set([
  'recipient_opted_out',
  'recipient_not_found',
  'duplicate_recipient',
]);

/**
 * Hands one bulk send to the outbox, page by page, and notes how its messages end. One loop that never
 * runs twice; everything it knows is in storage, so it can begin anew at any instant.
 */
export class Feed {
  readonly #id: string;
  readonly #deps: FeedDeps;
  readonly #gone: () => void;
  /** Failures in a row to make a message, and when to try again, by position; at most a page of them. */
  readonly #failures = new Map<number, { readonly tries: number; readonly againAtMs: number }>();
  #stopped = false;
  #running = false;
  #again = false;
  #loop: Promise<void> = Promise.resolve();
  #timer: { readonly atMs: number; readonly timer: Timer } | null = null;
  #told = { atMs: Number.NEGATIVE_INFINITY, done: 0 };

  /** `gone` is called when the bulk send is over, or was removed with its session. */
  constructor(id: string, deps: FeedDeps, gone: () => void) {
    this.#id = id;
    this.#deps = deps;
    this.#gone = gone;
  }

  /** Looks at once. */
  wake(): void {
    if (this.#stopped) return;
    this.#rest(null);
    this.#again = true;
    if (!this.#running) this.#loop = this.#run();
  }

  /** Looks in a moment. */
  soon(): void {
    const atMs = this.#deps.clock.now() + SOON_MS;
    if (!this.#timer || this.#timer.atMs > atMs) this.#rest(atMs);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rest(null);
    await this.#loop;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      const nextMs = await this.#look().catch((error: unknown) => {
        this.#deps.logger.error({ err: error, bulk: this.#id }, 'a bulk send could not go on');
        return this.#deps.clock.now() + RETRY.baseMs;
      });
      // What was heard meanwhile may have asked for an earlier look.
      const atMs = this.#timer?.atMs ?? Number.POSITIVE_INFINITY;
      if (!this.#again && nextMs !== 'over') this.#rest(Math.min(nextMs, atMs));
    }
    this.#running = false;
  }

  #rest(untilMs: number | null): void {
    this.#timer?.timer.cancel();
    this.#timer = null;
    if (untilMs === null || this.#stopped) return;
    const nowMs = this.#deps.clock.now();
    const atMs = Math.min(Math.max(untilMs, nowMs), nowMs + LOOK_AGAIN_MS);
    const timer = this.#deps.clock.after(atMs - nowMs, () => {
      this.#timer = null;
      this.wake();
    });
    this.#timer = { atMs, timer };
  }

  /** Answers when to look again. */
  async #look(): Promise<number | 'over'> {
    const { store } = this.#deps;
    const bulk = await store.find(this.#id);
    if (!bulk || bulk.finishedAtMs !== null) return this.#end();
    await store.settle(bulk.id);
    let nextMs = Number.POSITIVE_INFINITY;
    if (bulk.state === 'running') nextMs = await this.#handOver(bulk);
    else await takeBack(this.#deps, bulk);
    const { waiting, queued, ...ended } = await store.counts(bulk.id);
    if (waiting === 0 && queued === 0) return this.#finish(bulk);
    await this.#tell(bulk, ended.sent + ended.failed + ended.skipped);
    return nextMs;
  }

  #end(): 'over' {
    this.#stopped = true;
    this.#gone();
    return 'over';
  }

  async #finish(bulk: Bulk): Promise<number | 'over'> {
    const { store, events, clock } = this.#deps;
    const state = bulk.state === 'cancelled' ? 'cancelled' : 'finished';
    const batch = events.plan(await this.#drafts('bulk.finished', { ...bulk, state }));
    if (!(await store.finish(bulk.id, bulk.state, clock.now(), batch))) {
      // It was cancelled, or the like, at the last instant: that is to be told instead.
      this.#again = true;
      return Number.POSITIVE_INFINITY;
    }
    events.committed(batch);
    return this.#end();
  }

  async #tell(bulk: Bulk, done: number): Promise<void> {
    const nowMs = this.#deps.clock.now();
    if (done === this.#told.done || nowMs < this.#told.atMs + PROGRESS_EVERY_MS) return;
    this.#told = { atMs: nowMs, done };
    await this.#deps.events.report(await this.#drafts('bulk.progress', bulk));
  }

  async #drafts(event: string, bulk: Bulk): Promise<EventDraft[]> {
    const session = this.#deps.sessions.recordOf(bulk.sessionKey);
    if (!session) return [];
    return [bulkDraft(event, session, bulk, await this.#deps.store.counts(bulk.id))];
  }

  /** Gives the outbox what it has room for; answers when to try again what could not be made. */
  async #handOver(bulk: Bulk): Promise<number> {
    const { store, clock } = this.#deps;
    const nowMs = clock.now();
    if (bulk.startAtMs > nowMs) return bulk.startAtMs;
    if (bulk.expiresAtMs !== null && bulk.expiresAtMs <= nowMs) {
      await store.giveUpWaiting(bulk.id, EXPIRED);
      return Number.POSITIVE_INFINITY;
    }
    const waiting = await store.recipients(bulk.id, { state: 'waiting', after: 0, limit: PAGE });
    if (waiting.length === 0) return Number.POSITIVE_INFINITY;
    const backlog = await store.backlog(bulk.id);
    const pool = { ...this.#deps, now: () => clock.now() };
    const members = await membersOf(pool, bulk.pool, (key) => BACKLOG - (backlog.get(key) ?? 0));
    const ready = waiting.filter(({ position }) => this.#mayTry(position, nowMs));
    const assignments = assign(members, await candidatesOf(pool, bulk.pool, ready));
    const byPosition = new Map(waiting.map((recipient) => [recipient.position, recipient]));
    const orders = assignments.flatMap(({ position, key }) => {
      const recipient = byPosition.get(position);
      return recipient ? [{ recipient, key }] : [];
    });
    await this.#askAbout(orders);
    const hadRoom = await this.#makeAll(bulk, orders);
    // What was not read yet goes with the next look, as far as there is room.
    if (orders.length === PAGE && hadRoom) this.#again = true;
    return Math.min(...[...this.#failures.values()].map(({ againAtMs }) => againAtMs));
  }

  #mayTry(position: number, nowMs: number): boolean {
    return (this.#failures.get(position)?.againAtMs ?? 0) <= nowMs;
  }

  /** Asks WhatsApp about all the numbers of a session at once; alone, each would be a question. */
  async #askAbout(orders: readonly { recipient: Recipient; key: SessionKey }[]): Promise<void> {
    const phonesOf = new Map<SessionKey, string[]>();
    for (const { recipient, key } of orders) {
      const parsed = parseRecipient(recipient.to);
      if (parsed.kind !== 'phone') continue;
      phonesOf.set(key, [...(phonesOf.get(key) ?? []), parsed.phone]);
    }
    for (const [key, phones] of phonesOf) {
      await this.#deps.recipients.check(key, phones).catch((error: unknown) => {
        // Each is asked about again before it is sent to.
        this.#deps.logger.debug({ err: error, bulk: this.#id }, 'numbers could not be asked about');
      });
    }
  }

  /** False when the queue of a session was full: who was meant for it waits for the next look. */
  async #makeAll(
    bulk: Bulk,
    orders: readonly { recipient: Recipient; key: SessionKey }[],
  ): Promise<boolean> {
    const rest = orders.values();
    const full = new Set<SessionKey>();
    const work = async () => {
      for (const { recipient, key } of rest) {
        if (this.#stopped) return;
        if (full.has(key)) continue;
        if ((await this.#make(bulk, recipient, key)) === 'no_room') full.add(key);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return full.size === 0;
  }

  async #make(bulk: Bulk, recipient: Recipient, key: SessionKey): Promise<'no_room' | 'done'> {
    const { sessions, sender } = this.#deps;
    const { position, messageId } = recipient;
    const session = sessions.recordOf(key);
    if (!session) return 'done';
    try {
      const request = requestFor(bulk.content, recipient, bulk.expiresAtMs);
      const order = { kind: 'bulk', bulkId: bulk.id, position } as const;
      await sender.fulfil(session, request, { order, messageId, priority: 'bulk' });
      this.#failures.delete(position);
    } catch (error) {
      // It was no try: the message is not at fault, and the queue may stay full for hours.
      if (error instanceof Problem && error.code === 'queue_full') return 'no_room';
      if (!(error instanceof OrderOver)) await this.#notMade(bulk, position, error);
    }
    return 'done';
  }

  /** Gives a recipient up, or notes when to try once more. */
  async #notMade(bulk: Bulk, position: number, error: unknown): Promise<void> {
    const { store, clock, random, logger } = this.#deps;
    const problem = error instanceof Problem ? error : null;
    const tries = (this.#failures.get(position)?.tries ?? 0) + 1;
    if (problem?.code === 'storage_unavailable') throw error;
    if ((problem === null || isPassing(problem)) && tries < MAX_TRIES) {
      logger.warn({ err: error, bulk: bulk.id, position, tries }, 'a message was not made yet');
      const againAtMs = clock.now() + backoffDelayMs(RETRY, tries, random.next());
      this.#failures.set(position, { tries, againAtMs });
      return;
    }
    this.#failures.delete(position);
    const fault: Fault = problem
      ? { code: problem.code, reason: problem.message }
      : { code: 'internal_error', reason: 'The message could not be made.' };
    await store.giveUp(bulk.id, position, SKIPS.has(fault.code) ? 'skipped' : 'failed', fault);
  }
}

const isPassing = ({ code }: Problem): boolean => problems[code].retryable;

const EXPIRED: Fault = {
  code: 'send_expired',
  reason: 'The bulk send expired before it was their turn.',
};
