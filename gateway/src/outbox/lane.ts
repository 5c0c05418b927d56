import type { Timer } from '../kernel/clock.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { Connection } from '../whatsapp/port.ts';
import { Carrier, type CarrierDeps, STORAGE_RETRY_MS, type Work } from './carrier.ts';
import { ChatTurns } from './chat-turns.ts';
import type { PastSend } from './pacing/history.ts';
import { decideNext, type HoldReason, type Next } from './pacing/pace.ts';
import { DAY_MS } from './pacing/policy.ts';
import type { SessionPacing } from './pacing/session-pacing.ts';
import { Progress, type ProgressDeps } from './progress.ts';
import { SlowStart } from './slow-start.ts';
import type { Head, OutboxStore, Queued, QueueStore } from './store.ts';
import { TypingSign } from './typing-sign.ts';

export interface LaneDeps extends CarrierDeps {
  readonly store: OutboxStore & QueueStore;
  readonly sessions: {
    connectionOf(key: SessionKey): Connection | null;
    recordOf(key: SessionKey): SessionRecord | null;
  };
  readonly pacingOf: (session: SessionRecord) => Promise<SessionPacing>;
  /** The queue at a glance, and who is told of it. */
  readonly overview: ProgressDeps['overview'];
  readonly tell: ProgressDeps['tell'];
  /** The lane was woken after its session was removed: nothing is left to do here. */
  readonly gone: () => void;
}

/** Sends of one session that are under way at the same time; each costs a message's memory. */
const MAX_UNDER_WAY = 16;

/** Heads of chats read per kind when the pace decides. */
const HEADS_PER_KIND = 8;

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
  readonly #carrier: Carrier;
  readonly #slowStart = new SlowStart(MAX_UNDER_WAY);
  readonly #progress: Progress;
  readonly #typing: TypingSign;
  readonly #stopping = new AbortController();
  #running = false;
  #again = false;
  /**
   * With what the last look has begun all that was there, nothing being held back: a send that goes well
   * leaves nothing to look for, and the next to come may begin at once. Null when a look has to tell.
   */
  #idle: Work | null = null;
  #loop: Promise<void> = Promise.resolve();
  #timer: Timer | null = null;
  #connection: Connection | null = null;
  #openedAtMs = 0;
  #plan: Plan | null = null;
  /** When a job becomes due or expires next, as of the last look. */
  #nextJobMs: number | null = null;

  constructor(key: SessionKey, deps: LaneDeps) {
    this.#key = key;
    this.#deps = deps;
    this.#typing = new TypingSign(deps.clock, deps.logger);
    this.#carrier = new Carrier(deps, this.#chats, this.#slowStart, this.#stopping.signal);
    this.#progress = new Progress(deps);
  }

  get plan(): Plan | null {
    return this.#plan;
  }

  /** When the connection in use was first seen open; null while there is none. */
  get openedAtMs(): number | null {
    const connection = this.#deps.sessions.connectionOf(this.#key);
    return connection && connection === this.#connection ? this.#openedAtMs : null;
  }

  isUnderWay(messageId: string): boolean {
    return this.#underWay.has(messageId);
  }

  /** Something may have changed: look again. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#rest(null);
    this.#again = true;
    this.#idle = null;
    if (!this.#running) this.#loop = this.#run();
  }

  /**
   * A job was accepted just now. Begins it at once when nothing is before it, else looks. Must be called
   * in the order in which jobs were accepted.
   */
  offer(queued: Queued): void {
    const { job, head } = queued;
    // A look can see it in the storage a moment before its caller hears of it.
    if (this.#underWay.has(job.messageId)) return;
    const work = this.#idle;
    const session = this.#deps.sessions.recordOf(this.#key);
    if (!work || !session || !this.#mayBegin(work, queued)) return this.wake();
    this.#begin({ ...work, session }, queued, work.pacing.begin(head));
  }

  #mayBegin({ connection, pacing }: Work, { job, head, expiresAtMs }: Queued): boolean {
    const nowMs = this.#deps.clock.now();
    return (
      connection === this.#deps.sessions.connectionOf(this.#key) &&
      pacing.isFree &&
      pacing.pausedAtMs === null &&
      // Instants to come are for a look to note.
      head.dueAtMs <= nowMs &&
      expiresAtMs === null &&
      this.#underWay.size < this.#slowStart.width &&
      this.#chats.isOpen(job.chatId, nowMs, true)
    );
  }

  /** Begins nothing new; resolves when what is under way has ended and is stored. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#idle = null;
    this.#rest(null);
    this.#typing.stop();
    await this.#loop;
    this.#progress.stop();
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
      this.#progress.stop();
      this.#deps.gone();
      return null;
    }
    const pacing = await this.#deps.pacingOf(session);
    pacing.lapse();
    const nextMs = await this.#lookAt(session, pacing);
    await this.#progress.changed(session);
    return earliest(nextMs, pacing.lapsesAtMs);
  }

  async #lookAt(session: SessionRecord, pacing: SessionPacing): Promise<number | null> {
    // A chat that opens while the storage is asked is missed by this look, and is what the next one is for.
    const sinceMs = this.#deps.clock.now();
    await this.#expire(session);
    const connection = this.#deps.sessions.connectionOf(this.#key);
    if (connection !== this.#connection) this.#reconnected(connection);
    this.#plan = null;
    if (!connection || pacing.pausedAtMs !== null) {
      this.#typing.stop();
      return this.#nextChangeMs(sinceMs);
    }
    const work = { session, connection, pacing };
    return pacing.isFree ? this.#lookFreely(work, sinceMs) : this.#lookPaced(work, sinceMs);
  }

  #reconnected(connection: Connection | null): void {
    this.#typing.forget();
    this.#connection = connection;
    this.#chats.reset();
    this.#slowStart.reset();
    if (connection) this.#openedAtMs = this.#deps.clock.now();
  }

  /** Nothing holds anything back: fills up what may be under way, in the order of the line. */
  async #lookFreely(work: Work, sinceMs: number): Promise<number | null> {
    this.#typing.stop();
    for (;;) {
      const nowMs = this.#deps.clock.now();
      const free = this.#slowStart.width - this.#underWay.size;
      if (free <= 0 || this.#stopping.signal.aborted) return null;
      const exceptChats = this.#chats.closed(nowMs, true);
      const page = await this.#deps.store.due(this.#key, {
        dueByMs: nowMs,
        exceptChats,
        exceptMessages: [...this.#underWay.keys()],
        limit: free,
      });
      let begun = 0;
      for (const queued of page) {
        // The first of a chat goes alone, so the page may hold some that have to wait for it.
        if (!this.#chats.isOpen(queued.job.chatId, nowMs, true)) continue;
        this.#begin(work, queued, work.pacing.begin(queued.head));
        begun++;
      }
      if (begun > 0 && page.length === free) continue;
      const isEmpty = exceptChats.length === 0 && begun === page.length;
      this.#idle = isEmpty && !this.#again ? work : null;
      return this.#nextChangeMs(sinceMs);
    }
  }

  /** One at a time, each when the pace lets it. */
  async #lookPaced(work: Work, sinceMs: number): Promise<number | null> {
    for (;;) {
      const most = work.pacing.isProbing ? 1 : this.#slowStart.width;
      if (this.#underWay.size >= most || this.#stopping.signal.aborted) return null;
      const heads = await this.#heads(work.pacing);
      const situation = work.pacing.situation(this.#openedAtMs);
      const next = decideNext(work.pacing.policy, heads, situation);
      if (!next) {
        this.#typing.stop();
        return this.#nextChangeMs(sinceMs);
      }
      if (next.atMs > situation.nowMs) return this.#await(work, next, sinceMs);
      const queued = await this.#deps.store.find(this.#key, next.job.messageId);
      if (!queued) continue;
      this.#plan = null;
      // Its arrival ends the sign as well, but people stop typing before they send.
      this.#typing.stop();
      this.#begin(work, queued, work.pacing.begin(next.job));
    }
  }

  async #await(work: Work, next: Next, sinceMs: number): Promise<number | null> {
    const { atMs, reason, show } = next;
    const nowMs = this.#deps.clock.now();
    this.#plan = { messageId: next.job.messageId, atMs, reason };
    const showsLater = show !== null && show.fromMs > nowMs;
    if (show && !showsLater) this.#typing.show(work.connection, next.job.chatId, show.state);
    else this.#typing.stop();
    const changeMs = this.#nextChangeMs(sinceMs);
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
    // A chat may get another name while a send is under way: it is closed under the old one only.
    return heads.filter(
      ({ chatId, messageId }) => !closed.has(chatId) && !this.#underWay.has(messageId),
    );
  }

  /** The first instant after `sinceMs`, perhaps past by now, at which there is something new to do. */
  #nextChangeMs(sinceMs: number): number | null {
    const openingMs = this.#chats.nextOpeningMs(sinceMs);
    const instants = [openingMs, this.#nextJobMs].filter((instant) => instant !== null);
    return instants.length === 0 ? null : Math.min(...instants);
  }

  /** Ends the jobs whose time is over, and notes when to look for the next. */
  async #expire(session: SessionRecord): Promise<void> {
    const { store, clock } = this.#deps;
    const nowMs = clock.now();
    let change = await store.nextChange(this.#key, nowMs);
    if (isOver(change.expiresAtMs, nowMs)) {
      await this.#endExpired(session, nowMs);
      change = await store.nextChange(this.#key, nowMs);
    }
    // What is over and still there is under way, and its end wakes the lane.
    const expiresAtMs = isOver(change.expiresAtMs, nowMs) ? null : change.expiresAtMs;
    const instants = [change.dueAtMs, expiresAtMs].filter((instant) => instant !== null);
    this.#nextJobMs = instants.length === 0 ? null : Math.min(...instants);
  }

  async #endExpired(session: SessionRecord, nowMs: number): Promise<void> {
    const { store, end } = this.#deps;
    const over = await store.expired(this.#key, nowMs, EXPIRE_AT_ONCE);
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
    const sending = this.#carrier
      .carry(work, queued, send, turn)
      .catch((error: unknown) => {
        this.#deps.logger.error({ err: error }, 'a send could not go on');
        return { sent: false, blockedUntilMs: this.#deps.clock.now() + STORAGE_RETRY_MS };
      })
      .then(({ sent, blockedUntilMs }) => {
        turn.handOver(false);
        this.#underWay.delete(job.messageId);
        this.#chats.leave(job.chatId, blockedUntilMs);
        if (!sent || !this.#idle) this.wake();
      });
    this.#underWay.set(job.messageId, sending);
  }
}

const isOver = (instantMs: number | null, nowMs: number): boolean =>
  instantMs !== null && instantMs <= nowMs;

function earliest(...instants: readonly (number | null)[]): number | null {
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 ? null : Math.min(...known);
}
