import { setMaxListeners } from 'node:events';
import { sleep, type Timer } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { type AttemptDeps, attemptDelivery } from './attempt.ts';
import { gateOf, type HealthNews } from './breaker.ts';
import { type Decision, decide } from './decide.ts';
import { isJoinable, joinedEvent, joinStep, MAX_JOINED } from './join.ts';
import type {
  AttemptRecord,
  DueDelivery,
  Endpoint,
  EndpointHealth,
  WebhookStore,
} from './store.ts';

export interface WorkerDeps extends AttemptDeps {
  readonly store: Pick<
    WebhookStore,
    'due' | 'nextDueAtMs' | 'pendingInOrder' | 'recordAttempts' | 'saveHealth' | 'hasten'
  >;
  readonly random: Random;
  readonly logger: Logger;
  /** Told when the endpoint begins to fail for good, recovers, or is switched off. */
  readonly onNews: (endpoint: Endpoint, news: HealthNews, health: EndpointHealth) => void;
}

/** Due deliveries read from storage at a time, beyond those under way. */
const BATCH = 128;

/** Pause after storage, or what media come from, failed. The result of an attempt is kept meanwhile. */
const STORAGE_RETRY_MS = 1_000;

/** Timers have an end; a look once a day does no harm. */
const MAX_SLEEP_MS = 24 * 60 * 60_000;

/**
 * Delivers to one endpoint. Holds at most `BATCH` waiting deliveries and `concurrency` attempts under way
 * in memory; everything else stays in storage. Storage hands out only heads of order keys, and a head
 * is one until its result is committed, so order needs no care here.
 */
export class EndpointWorker {
  readonly #deps: WorkerDeps;
  #endpoint: Endpoint;
  #health: EndpointHealth;
  readonly #waiting: DueDelivery[] = [];
  /** Ids read and not yet settled: waiting or under way. */
  readonly #held = new Set<string>();
  readonly #underway = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();
  #alarm: { readonly atMs: number; readonly timer: Timer } | null = null;
  #loading: Promise<void> | null = null;
  /** What was settled during a read: the read may have seen it as it was before. */
  readonly #settledMeanwhile = new Set<string>();
  /** Something may be due that has not been read. */
  #stale = true;
  #stopped = false;
  #nextSlotAtMs = 0;

  constructor(deps: WorkerDeps, endpoint: Endpoint, health: EndpointHealth) {
    this.#deps = deps;
    this.#endpoint = endpoint;
    this.#health = health;
    // One listener per attempt under way, and those are bounded.
    setMaxListeners(0, this.#abort.signal);
  }

  get health(): EndpointHealth {
    return this.#health;
  }

  /** There may be new deliveries. */
  wake(): void {
    this.#stale = true;
    this.#pump();
  }

  /** The endpoint was changed, or switched on again; what is under way ends as it began. */
  update(endpoint: Endpoint, health: EndpointHealth): void {
    this.#endpoint = endpoint;
    this.#health = health;
    for (const { id } of this.#waiting.splice(0)) this.#held.delete(id);
    this.wake();
  }

  /** Starts no further attempt, waits `graceMs` for those under way, gives the others up. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#alarm?.timer.cancel();
    const all = Promise.all([this.#loading, ...this.#underway.values()]);
    const timer = this.#deps.clock.after(graceMs, () => this.#abort.abort());
    await all;
    timer.cancel();
  }

  /** Starts what may start, and sees to it that there is a reason to come back. */
  #pump(): void {
    if (this.#stopped || !this.#endpoint.active) return;
    const { clock } = this.#deps;
    const gate = gateOf(this.#health, clock.now());
    if (gate.kind === 'disabled') return;
    if (gate.kind === 'wait') return this.#comeBackAt(gate.untilMs);
    const slots = gate.kind === 'probe' ? 1 : this.#endpoint.settings.concurrency;
    while (this.#underway.size < slots && this.#waiting.length > 0) {
      if (!this.#takeSlot(clock.now())) return this.#comeBackAt(this.#nextSlotAtMs);
      const delivery = this.#waiting.shift();
      if (delivery) this.#launch(delivery);
    }
    if (this.#stale && !this.#loading && this.#waiting.length * 2 < slots) {
      this.#loading = this.#load();
    }
  }

  /** With a rate limit, attempts start at even distances. */
  #takeSlot(nowMs: number): boolean {
    const { ratePerSecond } = this.#endpoint.settings;
    if (ratePerSecond === null) return true;
    if (nowMs < this.#nextSlotAtMs) return false;
    this.#nextSlotAtMs = nowMs + 1000 / ratePerSecond;
    return true;
  }

  /** Wakes at that instant, or earlier if that was agreed before. */
  #comeBackAt(atMs: number): void {
    if (this.#stopped || (this.#alarm && this.#alarm.atMs <= atMs)) return;
    this.#alarm?.timer.cancel();
    const { clock } = this.#deps;
    const delayMs = Math.min(MAX_SLEEP_MS, Math.max(0, atMs - clock.now()));
    const timer = clock.after(delayMs, () => {
      this.#alarm = null;
      this.wake();
    });
    this.#alarm = { atMs, timer };
  }

  async #load(): Promise<void> {
    const { clock, logger } = this.#deps;
    this.#stale = false;
    this.#settledMeanwhile.clear();
    try {
      await this.#readDue();
    } catch (error) {
      logger.error({ err: error, endpointId: this.#endpoint.id }, 'deliveries cannot be read');
      this.#comeBackAt(clock.now() + STORAGE_RETRY_MS);
    }
    this.#loading = null;
    this.#pump();
  }

  async #readDue(): Promise<void> {
    const { store, clock } = this.#deps;
    const limit = this.#held.size + BATCH;
    const nowMs = clock.now();
    const due = await store.due(this.#endpoint.id, nowMs, limit);
    for (const delivery of due) {
      if (this.#held.has(delivery.id) || this.#settledMeanwhile.has(delivery.id)) continue;
      this.#held.add(delivery.id);
      this.#waiting.push(delivery);
    }
    this.#pump();
    // A full page means that there is more; else the next one is a matter of time.
    if (due.length === limit) {
      this.#stale = true;
      return;
    }
    const dueAtMs = await store.nextDueAtMs(this.#endpoint.id, nowMs);
    if (dueAtMs !== null) this.#comeBackAt(dueAtMs);
  }

  #launch(delivery: DueDelivery): void {
    const { clock, logger } = this.#deps;
    const done = this.#deliver(delivery)
      .catch((error: unknown) => {
        logger.error({ err: error, deliveryId: delivery.id }, 'a delivery cannot be made');
        return sleep(clock, STORAGE_RETRY_MS, this.#abort.signal);
      })
      .finally(() => {
        this.#underway.delete(delivery.id);
        this.#held.delete(delivery.id);
        if (this.#loading) this.#settledMeanwhile.add(delivery.id);
        this.wake();
      });
    this.#underway.set(delivery.id, done);
  }

  async #deliver(delivery: DueDelivery): Promise<void> {
    const endpoint = this.#endpoint;
    const { join } = endpoint.settings;
    if (join === null || !isJoinable(delivery)) return this.#attempt(endpoint, delivery, []);
    const { store, clock } = this.#deps;
    const waiting = await store.pendingInOrder(endpoint.id, delivery.orderKey, MAX_JOINED + 1);
    const behind = waiting.filter(({ id }) => id !== delivery.id);
    const step = joinStep(join, [delivery, ...behind], clock.now());
    if (step.kind === 'send') {
      const [, ...others] = step.run;
      const event = joinedEvent([delivery, ...others]);
      return this.#attempt(endpoint, { ...delivery, event }, others);
    }
    const after = { state: 'pending', nextAttemptAtMs: step.untilMs } as const;
    await this.#record([{ deliveryId: delivery.id, attempt: null, after }]);
  }

  /** Makes one attempt; `others` are what goes out inside of it. */
  async #attempt(
    endpoint: Endpoint,
    delivery: DueDelivery,
    others: readonly DueDelivery[],
  ): Promise<void> {
    const { clock, random, logger } = this.#deps;
    const number = delivery.attempts + 1;
    const { verdict, attempt } = await attemptDelivery(
      this.#deps,
      endpoint,
      delivery,
      number,
      this.#abort.signal,
    );
    if (verdict.kind === 'abandoned') return;
    const decision = decide(verdict, {
      endpoint,
      health: this.#health,
      delivery,
      nowMs: clock.now(),
      chance: random.next(),
    });
    const { status, errorStage, durationMs } = attempt;
    logger.debug(
      { endpointId: endpoint.id, deliveryId: delivery.id, number, status, errorStage, durationMs },
      'delivery attempted',
    );
    const { after } = decision;
    // What went out inside shares the success; after a failure it waits behind its head.
    const inside = after.state === 'delivered' ? others : [];
    const records = inside.map(({ id }) => ({ deliveryId: id, attempt: null, after }));
    await Promise.all([
      this.#record([{ deliveryId: delivery.id, attempt, after }, ...records]),
      this.#applyHealth(decision),
    ]);
  }

  /** The receiver has seen it: its result is written however long storage takes, or until we stop. */
  async #record(records: readonly AttemptRecord[]): Promise<void> {
    const { store, clock, logger } = this.#deps;
    for (;;) {
      try {
        return await store.recordAttempts(records);
      } catch (error) {
        logger.error({ err: error, endpointId: this.#endpoint.id }, 'a result cannot be recorded');
        if (this.#stopped) return;
        await sleep(clock, STORAGE_RETRY_MS, this.#abort.signal);
      }
    }
  }

  async #applyHealth({ health, news, hasten }: Decision): Promise<void> {
    const { store, clock, logger, onNews } = this.#deps;
    const before = this.#health;
    if (sameHealth(before, health)) return;
    this.#health = health;
    try {
      await store.saveHealth(health);
      if (hasten) await store.hasten(health.endpointId, clock.now());
    } catch (error) {
      logger.error({ err: error, endpointId: health.endpointId }, 'health cannot be saved');
    }
    if (news) onNews(this.#endpoint, news, health);
  }
}

function sameHealth(a: EndpointHealth, b: EndpointHealth): boolean {
  return a.failures === b.failures && a.openUntilMs === b.openUntilMs && a.disabled === b.disabled;
}
