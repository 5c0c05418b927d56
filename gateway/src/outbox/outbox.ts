import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';
import type { Connection, RestrictionSignal } from '../whatsapp/port.ts';
import type { Ended } from './carrier.ts';
import type { NewSend, Outbox, SendResult } from './contract.ts';
import { HeardNotes } from './heard-notes.ts';
import { Lane, type LaneDeps } from './lane.ts';
import { newMessageId } from './message-id.ts';
import { Pacings } from './pacing/pacings.ts';
import { type PacingPolicy, presetPolicy } from './pacing/policy.ts';
import type { SessionPacing } from './pacing/session-pacing.ts';
import { textKey } from './pacing/texts.ts';
import { effortOf } from './plan.ts';
import { Room } from './room.ts';
import type {
  Job,
  JobSummary,
  LinePlace,
  OutboxStore,
  PacingStore,
  Queued,
  QueueStore,
} from './store.ts';
import { Waiters } from './waiters.ts';
import {
  type Circumstances,
  nextOf,
  placeOf,
  type QueueOverview,
  type QueuePlace,
} from './waiting.ts';

export interface OutboxDeps {
  readonly store: OutboxStore & QueueStore;
  readonly pacing: PacingStore;
  readonly sessions: {
    connectionOf(key: SessionKey): Connection | null;
    recordOf(key: SessionKey): SessionRecord | null;
  };
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
    report(drafts: readonly EventDraft[]): Promise<void>;
  };
  /** At most so many unfinished per session; absent: `MAX_QUEUED`. */
  readonly maxQueued?: number;
  /** Called when a job is over: its media file is needed no more. */
  readonly release: (content: OutgoingContent) => Promise<void>;
  /** The last look before each try (see `admission`); absent: everything goes to its chat. */
  readonly admit?: LaneDeps['admit'];
  /** For sessions without a policy of their own; absent: `off`. */
  readonly defaultPolicy?: PacingPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Durable sending: one lane per session. */
export function createOutbox(deps: OutboxDeps): Outbox {
  return new LaneOutbox(deps);
}

/** Counting further would cost more than it tells. */
const MAX_POSITION = 1_000;

/** Jobs cancelled in one step of `clear`. */
const CLEAR_PAGE = 200;

class LaneOutbox implements Outbox {
  readonly #deps: OutboxDeps;
  readonly #lanes = new Map<SessionKey, Lane>();
  readonly #pacings: Pacings;
  readonly #heard: HeardNotes;
  readonly #waiters: Waiters<Ended>;
  readonly #room: Room;
  #stopped = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
    this.#waiters = new Waiters(deps.clock);
    const { pacing: store, defaultPolicy = presetPolicy('off', 'UTC'), ...parts } = deps;
    this.#pacings = new Pacings({ ...parts, store, defaultPolicy });
    this.#room = new Room(deps.store, deps.clock, deps.maxQueued);
    this.#heard = new HeardNotes({ store: deps.pacing, clock: deps.clock, logger: deps.logger });
  }

  async start(): Promise<void> {
    const { store, pacing } = this.#deps;
    const keys = [...(await store.sessionsWithPending()), ...(await pacing.restricted())];
    for (const key of new Set(keys)) this.wake(key);
  }

  async send(session: SessionRecord, send: NewSend, waitMs: number): Promise<SendResult> {
    await this.#room.take(session.key);
    const nowMs = this.#deps.clock.now();
    const messageId = send.messageId ?? newMessageId(this.#deps.random);
    const name = nameOf(session.key, messageId);
    const outcome = this.#waiters.wait(name, waitMs);
    const data = send.data(messageId, nowMs);
    const text = typeof data.text === 'string' ? data.text : '';
    const { chatId, senderId, content, sendAtMs, expiresAtMs, priority, idempotency, order } = send;
    let queued: Queued;
    try {
      queued = await this.#deps.store.enqueue(
        {
          messageId,
          sessionKey: session.key,
          chatId,
          senderId,
          content,
          data,
          encoded: null,
          attempts: 0,
          createdAtMs: nowMs,
        },
        {
          dueAtMs: Math.max(nowMs, sendAtMs ?? nowMs),
          expiresAtMs: expiresAtMs ?? null,
          priority: priority ?? 'direct',
          textKey: textKey(text),
          effort: effortOf(content, text),
          ...(idempotency ? { idempotency } : {}),
          ...(order ? { order } : {}),
        },
      );
    } catch (error) {
      this.#waiters.settle(name, null);
      throw error;
    }
    if (!this.#stopped) this.#lane(session.key).offer(queued);
    const ended = await outcome;
    if (ended) return { messageId, ...ended };
    return { messageId, status: 'queued' };
  }

  wake(key: SessionKey): void {
    if (!this.#stopped) this.#lane(key).wake();
  }

  async heard(key: SessionKey, chatId: string): Promise<void> {
    if (await this.#heard.note(key, chatId)) this.wake(key);
  }

  disconnected(session: SessionRecord): Promise<void> {
    return this.#pacings.note(session, (pacing) => pacing.disconnected());
  }

  async restricted(session: SessionRecord, signal: RestrictionSignal): Promise<void> {
    await this.#pacings.note(session, (pacing) => pacing.signalled(signal));
    this.wake(session.key);
  }

  async place(session: SessionRecord, messageId: string): Promise<QueuePlace | null> {
    const { store, clock } = this.#deps;
    const { key } = session;
    const queued = await store.find(key, messageId);
    if (!queued) return null;
    const { head } = queued;
    const position = 1 + (await store.ahead(key, messageId, MAX_POSITION - 1));
    if (this.#lanes.get(key)?.isUnderWay(messageId)) {
      return { position, reason: 'sending', etaMs: clock.now() };
    }
    return placeOf(head, position, await this.#circumstances(session));
  }

  async cancel(
    session: SessionRecord,
    messageId: string,
  ): Promise<'cancelled' | 'sending' | 'over'> {
    const queued = await this.#deps.store.find(session.key, messageId);
    if (!queued) return 'over';
    // Asked in the same turn as the write is called: a lane that comes later finds the job gone.
    const underWay = this.#lanes.get(session.key)?.isUnderWay(messageId) ?? false;
    if (underWay || queued.job.attempts > 0) return 'sending';
    await this.#end(session, queued.job, CANCELLED);
    this.wake(session.key);
    return 'cancelled';
  }

  async withdraw(session: SessionRecord, messageId: string): Promise<boolean> {
    const { store, release } = this.#deps;
    const queued = await store.find(session.key, messageId);
    // As in `cancel`: asked in the same turn as the write is called.
    if (!queued || this.#lanes.get(session.key)?.isUnderWay(messageId)) return false;
    const withdrawn = await store.withdraw(session.key, messageId);
    if (withdrawn) await release(queued.job.content);
    this.wake(session.key);
    return withdrawn;
  }

  async clear(session: SessionRecord): Promise<number> {
    let cleared = 0;
    const stays = new Set<string>();
    for (;;) {
      const page = await this.list(session, CLEAR_PAGE + stays.size, null);
      const ids = page.map(({ messageId }) => messageId).filter((id) => !stays.has(id));
      if (ids.length === 0) return cleared;
      const outcomes = await Promise.all(ids.map((id) => this.cancel(session, id)));
      outcomes.forEach((outcome, index) => {
        if (outcome === 'cancelled') cleared++;
        else stays.add(ids[index] ?? '');
      });
    }
  }

  list(session: SessionRecord, limit: number, after: LinePlace | null): Promise<JobSummary[]> {
    return this.#deps.store.list(session.key, limit, after);
  }

  async overview(session: SessionRecord): Promise<QueueOverview> {
    const { store, clock } = this.#deps;
    const counts = await store.counts(session.key, clock.now());
    const circumstances = await this.#circumstances(session);
    const { pausedAtMs } = circumstances;
    return { counts, pausedAtMs, next: nextOf(counts.due, circumstances) };
  }

  async pause(session: SessionRecord): Promise<void> {
    const pacing = await this.pacing(session);
    if (pacing.pausedAtMs === null) await pacing.setPaused(this.#deps.clock.now());
    this.wake(session.key);
  }

  async resume(session: SessionRecord): Promise<void> {
    await (await this.pacing(session)).setPaused(null);
    this.wake(session.key);
  }

  pacing(session: SessionRecord): Promise<SessionPacing> {
    return this.#pacings.of(session);
  }

  openedAtMs(key: SessionKey): number | null {
    return this.#lanes.get(key)?.openedAtMs ?? null;
  }

  async setPolicy(session: SessionRecord, policy: PacingPolicy | null): Promise<void> {
    await (await this.pacing(session)).setPolicy(policy);
    this.wake(session.key);
  }

  async forget(key: SessionKey): Promise<void> {
    const lane = this.#lanes.get(key);
    this.#drop(key);
    await lane?.stop();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiters.close();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
    await this.#pacings.settled();
  }

  async #circumstances(session: SessionRecord): Promise<Circumstances> {
    const { clock, sessions } = this.#deps;
    const pacing = await this.pacing(session);
    const lane = this.#lanes.get(session.key);
    return {
      policy: pacing.policy,
      situation: pacing.situation(lane?.openedAtMs ?? clock.now()),
      pausedAtMs: pacing.pausedAtMs,
      connected: sessions.connectionOf(session.key) !== null,
      plan: lane?.plan ?? null,
    };
  }

  #lane(key: SessionKey): Lane {
    const existing = this.#lanes.get(key);
    if (existing) return existing;
    const { store, sessions, clock, random, logger } = this.#deps;
    const lane = new Lane(key, {
      store,
      sessions,
      pacingOf: (session) => this.pacing(session),
      end: (session, job, ended) => this.#end(session, job, ended),
      admit: this.#deps.admit ?? (async (_, job) => ({ to: job.chatId })),
      gone: () => this.#drop(key),
      overview: (session) => this.overview(session),
      tell: (draft) => this.#deps.events.report([draft]),
      clock,
      random,
      logger,
    });
    this.#lanes.set(key, lane);
    return lane;
  }

  #drop(key: SessionKey): void {
    this.#lanes.delete(key);
    this.#pacings.forget(key);
    this.#room.forget(key);
  }

  async #end(session: SessionRecord, job: Job, ended: Ended): Promise<void> {
    const { store, events, release, logger } = this.#deps;
    const error = ended.status === 'failed' ? { error: ended.error } : {};
    const batch = events.plan([
      {
        event: `message.${ended.status}`,
        workspaceId: session.workspaceId,
        sessionId: session.id,
        orderKey: job.chatId,
        data: { ...job.data, status: ended.status, ...error },
      },
    ]);
    const outcome = { status: ended.status, ...error };
    const answer = () => this.#waiters.settle(nameOf(job.sessionKey, job.messageId), ended);
    // That WhatsApp has it stays true whatever becomes of this process: nobody need wait for the disk.
    const early = ended.status === 'sent' ? answer : undefined;
    const isTold = await store.finish(job.sessionKey, job.messageId, outcome, batch, early);
    if (isTold) events.committed(batch);
    answer();
    await release(job.content).catch((failure: unknown) => {
      logger.warn({ err: failure }, 'the media of a finished send was not removed');
    });
  }
}

const CANCELLED: Ended = {
  status: 'failed',
  error: {
    code: 'send_cancelled',
    whatsappCode: null,
    message: 'The message was cancelled before it was sent.',
  },
};

const nameOf = (key: SessionKey, id: string): string => `${key}/${id}`;
