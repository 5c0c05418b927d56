import { backoffDelayMs } from '../kernel/backoff.ts';
import { type Clock, sleep, type Timer } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';
import type { Connection } from '../whatsapp/port.ts';
import type { Admission } from './admission.ts';
import { ChatTurns, type Turn } from './chat-turns.ts';
import { type AfterTry, afterPreparing, afterTry, RETRY_BACKOFF } from './outcome.ts';
import type { PastSend } from './pacing/history.ts';
import { decideNext, type HoldReason, type Next } from './pacing/pace.ts';
import { DAY_MS } from './pacing/policy.ts';
import type { SessionPacing } from './pacing/session-pacing.ts';
import type { Head, Job, JobError, OutboxStore, Queued, QueueStore } from './store.ts';
import { TypingSign } from './typing-sign.ts';

/** How a job ended. */
export type Ended =
  | { readonly status: 'sent' }
  | { readonly status: 'failed'; readonly error: JobError };

export interface LaneDeps {
  readonly store: OutboxStore & QueueStore;
  readonly sessions: {
    connectionOf(key: SessionKey): Connection | null;
    recordOf(key: SessionKey): SessionRecord | null;
  };
  readonly pacingOf: (session: SessionRecord) => Promise<SessionPacing>;
  /** Ends the job in storage with its event, and tells who waits. Rejects when storage fails. */
  readonly end: (session: SessionRecord, job: Job, ended: Ended) => Promise<void>;
  /** Asked right before each try; rejects when that cannot be told now. */
  readonly admit: (session: SessionRecord, job: Job) => Promise<Admission>;
  /** The session was removed: nothing is left to do here. */
  readonly gone: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Sends of one session that are under way at the same time; each costs a message's memory. */
const MAX_UNDER_WAY = 16;

/** Jobs read at a time when nothing holds them back. */
const PAGE = 32;

/** Heads of chats read per kind when the pace decides. */
const HEADS_PER_KIND = 8;

/** Pause after storage failed. */
const STORAGE_RETRY_MS = 5_000;

/** Jobs that expire in one step. */
const EXPIRE_AT_ONCE = 100;

/** The longest rest: clocks can be set, and timers end at 24.8 days. */
const LOOK_AGAIN_MS = 30 * 60_000;

/** What the lane waits for, for those who ask. */
export interface Plan {
  readonly messageId: string;
  readonly atMs: number;
  readonly reason: HoldReason;
}

/**
 * The sends of one session: looks what is next, begins it when its time has come, and rests until
 * something happens. Looking is one loop that never runs twice; sends are under way beside it.
 */
export class Lane {
  readonly #key: SessionKey;
  readonly #deps: LaneDeps;
  readonly #chats = new ChatTurns();
  readonly #underWay = new Map<string, Promise<void>>();
  /** Failures in a row to make a job's bytes; what was never sent is not counted in storage. */
  readonly #prepareFailures = new Map<string, number>();
  readonly #typing: TypingSign;
  readonly #stopping = new AbortController();
  #running = false;
  #again = false;
  #loop: Promise<void> = Promise.resolve();
  #timer: Timer | null = null;
  #connection: Connection | null = null;
  #openedAtMs = 0;
  #plan: Plan | null = null;

  constructor(key: SessionKey, deps: LaneDeps) {
    this.#key = key;
    this.#deps = deps;
    this.#typing = new TypingSign(deps.clock, deps.logger);
  }

  get plan(): Plan | null {
    return this.#plan;
  }

  /** When the connection in use was first seen open. */
  get openedAtMs(): number {
    return this.#openedAtMs;
  }

  isUnderWay(messageId: string): boolean {
    return this.#underWay.has(messageId);
  }

  /** Something may have changed: look again. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#rest(null);
    this.#again = true;
    if (!this.#running) this.#loop = this.#run();
  }

  /** Begins nothing new; resolves when what is under way has ended and is stored. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#rest(null);
    this.#typing.stop();
    await this.#loop;
    await Promise.all(this.#underWay.values());
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#again && !this.#stopping.signal.aborted) {
      this.#again = false;
      const nextMs = await this.#look().catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'the outbox could not go on');
        return this.#deps.clock.now() + STORAGE_RETRY_MS;
      });
      if (!this.#again) this.#rest(nextMs);
    }
    // In the same turn as the last look at `again`: a wake in between would be lost.
    this.#running = false;
  }

  #rest(untilMs: number | null): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (untilMs === null || this.#stopping.signal.aborted) return;
    const delayMs = Math.min(LOOK_AGAIN_MS, Math.max(0, untilMs - this.#deps.clock.now()));
    this.#timer = this.#deps.clock.after(delayMs, () => {
      this.#timer = null;
      this.wake();
    });
  }

  /** Begins all that may begin; answers when to look again, null when something will wake the lane. */
  async #look(): Promise<number | null> {
    const session = this.#deps.sessions.recordOf(this.#key);
    if (!session) {
      this.#typing.forget();
      this.#deps.gone();
      return null;
    }
    const pacing = await this.#deps.pacingOf(session);
    await this.#expire(session);
    const connection = this.#deps.sessions.connectionOf(this.#key);
    if (connection !== this.#connection) this.#reconnected(connection);
    this.#plan = null;
    if (!connection || pacing.pausedAtMs !== null) {
      this.#typing.stop();
      return this.#nextChangeMs();
    }
    const work = { session, connection, pacing };
    return pacing.isFree ? this.#lookFreely(work) : this.#lookPaced(work);
  }

  #reconnected(connection: Connection | null): void {
    this.#typing.forget();
    this.#connection = connection;
    this.#chats.reset();
    if (connection) this.#openedAtMs = this.#deps.clock.now();
  }

  /** Nothing holds anything back: fills up what may be under way, in the order of the line. */
  async #lookFreely(work: Work): Promise<number | null> {
    this.#typing.stop();
    for (;;) {
      const nowMs = this.#deps.clock.now();
      const free = MAX_UNDER_WAY - this.#underWay.size;
      if (free <= 0 || this.#stopping.signal.aborted) return null;
      const limit = this.#underWay.size + PAGE;
      const page = await this.#deps.store.due(this.#key, {
        dueByMs: nowMs,
        exceptChats: this.#chats.closed(nowMs, true),
        limit,
      });
      let begun = 0;
      for (const queued of page) {
        if (begun === free) break;
        if (this.#underWay.has(queued.job.messageId)) continue;
        // The first of a chat goes alone, so the page may hold some that have to wait for it.
        if (!this.#chats.isOpen(queued.job.chatId, nowMs, true)) continue;
        this.#begin(work, queued, work.pacing.begin(queued.head));
        begun++;
      }
      if (begun === 0 || page.length < limit) return this.#nextChangeMs();
    }
  }

  /** One at a time, each when the pace lets it. */
  async #lookPaced(work: Work): Promise<number | null> {
    for (;;) {
      const most = work.pacing.isProbing ? 1 : MAX_UNDER_WAY;
      if (this.#underWay.size >= most || this.#stopping.signal.aborted) return null;
      const heads = await this.#heads(work.pacing);
      const situation = work.pacing.situation(this.#openedAtMs);
      const next = decideNext(work.pacing.policy, heads, situation);
      if (!next) {
        this.#typing.stop();
        return this.#nextChangeMs();
      }
      if (next.atMs > situation.nowMs) return this.#await(work, next);
      const queued = await this.#deps.store.find(this.#key, next.job.messageId);
      if (!queued) continue;
      this.#plan = null;
      // Its arrival ends the sign as well, but people stop typing before they send.
      this.#typing.stop();
      this.#begin(work, queued, work.pacing.begin(next.job));
    }
  }

  async #await(work: Work, next: Next): Promise<number | null> {
    const { atMs, reason, show } = next;
    const nowMs = this.#deps.clock.now();
    this.#plan = { messageId: next.job.messageId, atMs, reason };
    const showsLater = show !== null && show.fromMs > nowMs;
    if (show && !showsLater) this.#typing.show(work.connection, next.job.chatId, show.state);
    else this.#typing.stop();
    const changeMs = await this.#nextChangeMs();
    const instants = [showsLater ? show.fromMs : atMs, atMs, changeMs ?? Infinity];
    const first = Math.min(...instants);
    return Number.isFinite(first) ? first : null;
  }

  async #heads(pacing: SessionPacing): Promise<Head[]> {
    const nowMs = this.#deps.clock.now();
    const closed = new Set(this.#chats.closed(nowMs, false));
    const heads = await this.#deps.store.heads(this.#key, {
      dueByMs: nowMs,
      heardSinceMs: nowMs - pacing.policy.warmForMs,
      wroteSinceMs: nowMs - DAY_MS,
      perKind: HEADS_PER_KIND + closed.size,
    });
    return heads.filter(({ chatId }) => !closed.has(chatId));
  }

  async #nextChangeMs(): Promise<number | null> {
    const nowMs = this.#deps.clock.now();
    const instants = [
      this.#chats.nextOpeningMs(nowMs),
      await this.#deps.store.nextChangeAtMs(this.#key, nowMs),
    ].filter((instant) => instant !== null);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  async #expire(session: SessionRecord): Promise<void> {
    const { store, clock, end } = this.#deps;
    const over = await store.expired(this.#key, clock.now(), EXPIRE_AT_ONCE);
    for (const job of over) {
      if (this.#underWay.has(job.messageId)) continue;
      await end(session, job, {
        status: 'failed',
        error: {
          code: 'send_expired',
          whatsappCode: null,
          message: 'The message was not sent before it expired.',
        },
      });
    }
    if (over.length === EXPIRE_AT_ONCE) this.#again = true;
  }

  #begin(work: Work, queued: Queued, send: PastSend): void {
    const { job } = queued;
    const turn = this.#chats.enter(job.chatId);
    const sending = this.#send(work, queued, send, turn)
      .catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'a send could not go on');
        return this.#deps.clock.now() + STORAGE_RETRY_MS;
      })
      .then((blockedUntilMs) => {
        turn.handOver(false);
        this.#underWay.delete(job.messageId);
        this.#chats.leave(job.chatId, blockedUntilMs);
        this.wake();
      });
    this.#underWay.set(job.messageId, sending);
  }

  /** One try; answers until when its chat has to wait, 0 when it has not. */
  async #send(work: Work, { job }: Queued, send: PastSend, turn: Turn): Promise<number> {
    const admission = await this.#admit(work.session, job);
    const verdict: AfterTry | null =
      'to' in admission ? await this.#try(work, job, admission.to, send, turn) : admission;
    switch (verdict?.kind) {
      case undefined:
        return 0;
      case 'sent':
      case 'failed': {
        this.#prepareFailures.delete(job.messageId);
        const ended: Ended =
          verdict.kind === 'sent' ? { status: 'sent' } : { status: 'failed', error: verdict.error };
        await this.#untilStored(() => this.#deps.end(work.session, job, ended));
        return 0;
      }
      case 'again': {
        const tries = job.attempts + (this.#prepareFailures.get(job.messageId) ?? 0);
        this.#deps.logger.warn(
          { session: work.session.id, messageId: job.messageId, tries, reason: verdict.reason },
          'send not confirmed, will be repeated under the same id',
        );
        const pauseMs = backoffDelayMs(RETRY_BACKOFF, tries, this.#deps.random.next());
        return this.#deps.clock.now() + pauseMs;
      }
    }
  }

  async #admit(session: SessionRecord, job: Job): Promise<{ to: string } | AfterTry> {
    try {
      const admission = await this.#deps.admit(session, job);
      return 'to' in admission ? admission : { kind: 'failed', error: admission.error };
    } catch (error) {
      return { kind: 'again', reason: String(error) };
    }
  }

  /** Makes the bytes once, keeps them, and sends them; null when it is not this job's turn after all. */
  async #try(
    work: Work,
    job: Job,
    to: string,
    send: PastSend,
    turn: Turn,
  ): Promise<AfterTry | null> {
    const { connection, pacing } = work;
    const encoded = job.encoded ?? (await prepared(connection, job.content));
    if (encoded instanceof Error) {
      const failures = (this.#prepareFailures.get(job.messageId) ?? 0) + 1;
      this.#prepareFailures.set(job.messageId, failures);
      return afterPreparing(encoded, failures);
    }
    const open = await this.#mark(job, encoded, send);
    if (!(await turn.mine) || !open) return null;
    const answer = connection.relay(to, job.messageId, encoded);
    turn.handOver(true);
    const outcome = await answer.catch((error: unknown) => ({
      kind: 'unconfirmed' as const,
      reason: String(error),
    }));
    if (outcome.kind === 'acked') this.#chats.prove(job.chatId);
    pacing.answered(send, outcome);
    return afterTry(outcome, job.attempts + 1);
  }

  /** False when the job was cancelled or ended in the meantime. */
  async #mark(job: Job, encoded: Uint8Array, send: PastSend): Promise<boolean> {
    try {
      await this.#deps.store.markSending(job.sessionKey, job.messageId, encoded, send);
      return true;
    } catch (error) {
      if (error instanceof Problem && GONE.has(error.code)) return false;
      throw error;
    }
  }

  /** What WhatsApp answered must not be forgotten, else the message would be sent again. */
  async #untilStored(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        this.#deps.logger.error({ err: error }, 'the answer of WhatsApp could not be stored yet');
        if (this.#stopping.signal.aborted) return;
        await sleep(this.#deps.clock, STORAGE_RETRY_MS, this.#stopping.signal);
      }
    }
  }
}

/** What a send is made with. */
interface Work {
  readonly session: SessionRecord;
  readonly connection: Connection;
  readonly pacing: SessionPacing;
}

const GONE: ReadonlySet<string> = new Set(['message_not_found', 'session_not_found']);

function prepared(connection: Connection, content: OutgoingContent): Promise<Uint8Array | Error> {
  return connection
    .prepare(content)
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}
