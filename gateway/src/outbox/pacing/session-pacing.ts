import type { EventDraft } from '../../events/plan.ts';
import type { EventBatch } from '../../events/store.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { Random } from '../../kernel/random.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { RelayOutcome, RestrictionSignal } from '../../whatsapp/port.ts';
import type { PacingRecord, PacingStore } from '../store.ts';
import { type PastSend, SendHistory } from './history.ts';
import { budgetOf, type Situation, type Waiting } from './pace.ts';
import { DAY_MS, HOUR_MS, MAX_WINDOW_LIMIT, type PacingPolicy, presetPolicy } from './policy.ts';
import { restrictionDrafts } from './restriction-events.ts';
import {
  afterRefusal,
  afterSignal,
  afterSuccess,
  afterTime,
  endOf,
  NO_RESTRICTIONS,
  type Restrictions,
} from './restrictions.ts';
import { assessRisk, type Risk } from './risk.ts';
import { rampStartMs } from './warm-up.ts';

/** Old sends are taken away after so many new ones. */
const FORGET_EVERY = 500;
/** Disconnections kept; so many and more weigh the same. */
const MAX_DISCONNECTS = 50;
const FORGET_AFTER_MS = DAY_MS + HOUR_MS;

export interface SessionPacingDeps {
  readonly store: PacingStore;
  /** For sessions without a policy of their own. */
  readonly defaultPolicy: PacingPolicy;
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What one session's pacing knows: policy, what was sent, what WhatsApp forbids. Survives restarts. */
export class SessionPacing {
  readonly #session: SessionRecord;
  readonly #deps: SessionPacingDeps;
  readonly history: SendHistory;
  #record: PacingRecord;
  #chance: number;
  #sends = 0;
  #saved: Promise<void> = Promise.resolve();

  private constructor(
    session: SessionRecord,
    record: PacingRecord,
    history: SendHistory,
    deps: SessionPacingDeps,
  ) {
    this.#session = session;
    this.#record = record;
    this.#deps = deps;
    this.history = history;
    this.#chance = deps.random.next();
  }

  static async load(session: SessionRecord, deps: SessionPacingDeps): Promise<SessionPacing> {
    const nowMs = deps.clock.now();
    const record = whole(await deps.store.load(session.key)) ?? {
      policy: null,
      pausedAtMs: null,
      warmUpFromMs: session.createdAtMs,
      restrictions: NO_RESTRICTIONS,
    };
    const history = new SendHistory();
    const past = await deps.store.sends(session.key, nowMs - DAY_MS, MAX_WINDOW_LIMIT);
    for (const send of past) history.add(send);
    return new SessionPacing(session, record, history, deps);
  }

  get policy(): PacingPolicy {
    return this.#record.policy ?? this.#deps.defaultPolicy;
  }

  /** False when the session follows the default of the service. */
  get hasOwnPolicy(): boolean {
    return this.#record.policy !== null;
  }

  get pausedAtMs(): number | null {
    return this.#record.pausedAtMs;
  }

  get warmUpFromMs(): number {
    return this.#record.warmUpFromMs;
  }

  get restrictions(): Restrictions {
    return this.#record.restrictions;
  }

  /** When `lapse` has something to do; null when nothing runs out by itself. */
  get lapsesAtMs(): number | null {
    return endOf(this.restrictions);
  }

  /** Lifts what has run out, and tells it: once, since that is kept in one transaction. */
  lapse(): void {
    this.#restrict(afterTime(this.restrictions, this.#deps.clock.now()));
  }

  /** Nothing holds anything back: the queue may be emptied as fast as it goes. */
  get isFree(): boolean {
    const { all, cold, newChats } = this.restrictions;
    const nowMs = this.#deps.clock.now();
    const held = [all?.untilMs, cold?.untilMs, newChats?.resetsAtMs].some(
      (untilMs) => untilMs !== undefined && untilMs > nowMs,
    );
    return this.policy.preset === 'off' && !held && !this.isProbing;
  }

  /** WhatsApp refused lately: one send at a time must show whether it takes them again. */
  get isProbing(): boolean {
    const { newChat, rate } = this.restrictions.refusals;
    return newChat > 0 || rate > 0;
  }

  situation(openedAtMs: number): Situation {
    return {
      nowMs: this.#deps.clock.now(),
      chance: this.#chance,
      history: this.history,
      restrictions: this.restrictions,
      warmUpFromMs: this.warmUpFromMs,
      openedAtMs,
    };
  }

  /** A send begins: it counts from now on, whatever becomes of it. */
  begin(job: Waiting): PastSend {
    const nowMs = this.#deps.clock.now();
    const { policy, history } = this;
    const send: PastSend = {
      atMs: nowMs,
      chatId: job.chatId,
      budget: budgetOf(policy, job, nowMs),
      textKey: job.textKey,
    };
    const startMs = rampStartMs(policy.warmUp, this.warmUpFromMs, history.all.lastMs, nowMs);
    if (startMs !== this.warmUpFromMs) this.#learn({ warmUpFromMs: startMs });
    history.add(send);
    this.#chance = this.#deps.random.next();
    if (++this.#sends % FORGET_EVERY === 0) this.#forget(nowMs);
    return send;
  }

  /** WhatsApp answered a send, or did not. */
  answered(send: PastSend, outcome: RelayOutcome): void {
    switch (outcome.kind) {
      case 'acked':
        return this.#restrict(afterSuccess(this.restrictions, send.budget === 'cold'));
      case 'rejected':
        return this.#restrict(
          afterRefusal(this.restrictions, outcome.code, this.#deps.clock.now()),
        );
      case 'unconfirmed':
        return;
    }
  }

  /** How the last day looks to somebody who hunts for spam. */
  async risk(): Promise<Risk> {
    const nowMs = this.#deps.clock.now();
    const { history, restrictions } = this;
    const { cold, newChats, refusals } = restrictions;
    return assessRisk({
      sends: history.all.countSince(nowMs, DAY_MS),
      cold: history.cold.countSince(nowMs, DAY_MS),
      sameTextChats: history.widestSpread(nowMs, DAY_MS),
      ...(await this.#deps.store.replies(this.#session.key, nowMs - DAY_MS)),
      refusals: refusals.newChat + refusals.rate,
      disconnects: this.#disconnectsSince(nowMs - DAY_MS).length,
      isRestricted: cold !== null && cold.untilMs > nowMs,
      quotaUsed:
        newChats?.total && newChats.resetsAtMs > nowMs ? 1 - newChats.left / newChats.total : null,
    });
  }

  /** The connection was lost without anybody asking for it. */
  disconnected(): void {
    const nowMs = this.#deps.clock.now();
    const lately = this.#disconnectsSince(nowMs - DAY_MS);
    this.#learn({ disconnectedAtMs: [...lately, nowMs].slice(-MAX_DISCONNECTS) });
  }

  signalled(signal: RestrictionSignal): void {
    this.#restrict(afterSignal(this.restrictions, signal, this.#deps.clock.now()), signal);
  }

  /** Null: the default of the service. Rejects, with nothing changed, when it cannot be kept. */
  async setPolicy(policy: PacingPolicy | null): Promise<void> {
    const before = this.#record.policy;
    await this.#change({ policy }).catch((error: unknown) => {
      this.#record = { ...this.#record, policy: before };
      throw error;
    });
  }

  /** Stops or lets go. Rejects, with nothing changed, when it cannot be kept. */
  async setPaused(pausedAtMs: number | null): Promise<void> {
    const before = this.#record.pausedAtMs;
    await this.#change({ pausedAtMs }).catch((error: unknown) => {
      this.#record = { ...this.#record, pausedAtMs: before };
      throw error;
    });
  }

  /** Resolves when all that was changed is kept, or could not be. */
  settled(): Promise<void> {
    return this.#saved;
  }

  #disconnectsSince(sinceMs: number): readonly number[] {
    return (this.#record.disconnectedAtMs ?? []).filter((atMs) => atMs > sinceMs);
  }

  #restrict(next: Restrictions, signal: RestrictionSignal | null = null): void {
    const before = this.restrictions;
    if (next === before) return;
    const drafts = restrictionDrafts(this.#session, before, next, signal);
    this.#learn({ restrictions: next }, drafts);
  }

  /** What is true whether or not it can be kept. */
  #learn(change: Partial<PacingRecord>, drafts: readonly EventDraft[] = []): void {
    this.#change(change, drafts).catch((error: unknown) => {
      this.#deps.logger.error({ err: error }, 'what pacing has learned was not stored');
    });
  }

  /** Takes effect at once, and is written in the order of the changes. */
  #change(change: Partial<PacingRecord>, drafts: readonly EventDraft[] = []): Promise<void> {
    this.#record = { ...this.#record, ...change };
    const record = this.#record;
    const { store, events } = this.#deps;
    const batch = events.plan(drafts);
    const written = store
      .save(this.#session.key, record, batch)
      .then(() => events.committed(batch));
    this.#saved = written.catch(() => {});
    return written;
  }

  #forget(nowMs: number): void {
    this.#deps.store
      .forgetSends(this.#session.key, nowMs - FORGET_AFTER_MS, 2 * MAX_WINDOW_LIMIT)
      .catch((error: unknown) => {
        this.#deps.logger.warn({ err: error }, 'old sends were not taken away');
      });
  }
}

/** A policy that was kept before one of its fields was thought of is without effect there. */
function whole(record: PacingRecord | null): PacingRecord | null {
  if (!record?.policy) return record;
  return { ...record, policy: { ...presetPolicy('off', 'UTC'), ...record.policy } };
}
