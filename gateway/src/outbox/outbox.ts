import type { EventDraft } from '../events/plan.ts';
import type { EventBatch } from '../events/store.ts';
import { backoffDelayMs } from '../kernel/backoff.ts';
import { type Clock, sleep, type Timer } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';
import type { Connection } from '../whatsapp/port.ts';
import { type AfterTry, afterPreparing, afterTry, RETRY_BACKOFF } from './outcome.ts';
import type { Job, JobError, OutboxStore } from './store.ts';

/** A validated send, before it has an id. */
export interface NewSend {
  readonly chatId: string;
  readonly senderId: string;
  readonly content: OutgoingContent;
  /** Makes the payload of the message's events once the id is known. */
  data(messageId: string, nowMs: number): Readonly<Record<string, unknown>>;
}

/** How a send stands when the caller stops waiting. */
export type SendResult = { readonly messageId: string } & (
  | { readonly status: 'sent' }
  | { readonly status: 'failed'; readonly error: JobError }
  | { readonly status: 'queued' }
);

export interface Outbox {
  /**
   * Commits the send, then waits up to `waitMs` for WhatsApp's answer. From the moment this resolves
   * the message goes out exactly once, whatever happens to the process.
   */
  send(session: SessionRecord, send: NewSend, waitMs: number): Promise<SendResult>;
  /** The session can send (again): work goes on. */
  wake(key: SessionKey): void;
  /** Lets every caller go with what is known, begins nothing new, waits for the sends under way. */
  stop(): Promise<void>;
}

export interface OutboxDeps {
  readonly store: OutboxStore;
  readonly sessions: {
    connectionOf(key: SessionKey): Connection | null;
    recordOf(key: SessionKey): SessionRecord | null;
  };
  readonly events: {
    plan(drafts: readonly EventDraft[]): EventBatch;
    committed(batch: EventBatch): void;
  };
  /** Called when a job is over: its media file is needed no more. */
  readonly release: (content: OutgoingContent) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

type Ended = Extract<SendResult, { status: 'sent' | 'failed' }>;

/** Pause after storage failed while a job was being worked on. */
const STORAGE_RETRY_MS = 5_000;

/** Durable sending: one lane per session, strictly in the order of acceptance. */
export function createOutbox(deps: OutboxDeps): Outbox {
  return new LaneOutbox(deps);
}

interface Lane {
  running: Promise<void> | null;
  /** Woken while running: look once more before resting. */
  again: boolean;
  timer: Timer | null;
  /** Failures in a row to make the head's bytes; what was never sent is not counted in storage. */
  prepareFailures: number;
}

class LaneOutbox implements Outbox {
  readonly #deps: OutboxDeps;
  readonly #lanes = new Map<SessionKey, Lane>();
  readonly #waiters = new Map<string, (ended: Ended | null) => void>();
  readonly #stopping = new AbortController();

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  async send(session: SessionRecord, send: NewSend, waitMs: number): Promise<SendResult> {
    const { store, clock } = this.#deps;
    const nowMs = clock.now();
    const messageId = this.#newMessageId();
    const outcome = this.#outcomeOf(session.key, messageId, waitMs);
    try {
      await store.enqueue({
        messageId,
        sessionKey: session.key,
        chatId: send.chatId,
        senderId: send.senderId,
        content: send.content,
        data: send.data(messageId, nowMs),
        encoded: null,
        attempts: 0,
        createdAtMs: nowMs,
      });
    } catch (error) {
      outcome.abandon();
      throw error;
    }
    this.wake(session.key);
    return (await outcome.promise) ?? { messageId, status: 'queued' };
  }

  wake(key: SessionKey): void {
    if (this.#stopping.signal.aborted) return;
    const lane = this.#lane(key);
    lane.timer?.cancel();
    lane.timer = null;
    lane.again = true;
    if (lane.running) return;
    lane.running = this.#run(key, lane);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const stopWaiting of this.#waiters.values()) stopWaiting(null);
    for (const lane of this.#lanes.values()) lane.timer?.cancel();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.running ?? Promise.resolve()));
  }

  async #run(key: SessionKey, lane: Lane): Promise<void> {
    while (lane.again && !this.#stopping.signal.aborted) {
      lane.again = false;
      try {
        const pauseMs = await this.#drain(key, lane);
        if (pauseMs !== null) this.#wakeLater(key, lane, pauseMs);
      } catch (error) {
        this.#deps.logger.error({ err: error }, 'the outbox could not go on');
        this.#wakeLater(key, lane, STORAGE_RETRY_MS);
      }
    }
    // In the same turn as the last look at `again`: a wake in between would be lost.
    lane.running = null;
    if (!lane.timer) this.#lanes.delete(key);
  }

  /** Sends until nothing is left or the session cannot send; a number is a pause before the next try. */
  async #drain(key: SessionKey, lane: Lane): Promise<number | null> {
    for (;;) {
      const session = this.#deps.sessions.recordOf(key);
      const connection = this.#deps.sessions.connectionOf(key);
      if (!session || !connection || this.#stopping.signal.aborted) return null;
      const [job] = await this.#deps.store.pending(key, 1);
      if (!job) return null;
      const pauseMs = await this.#try(session, connection, job, lane);
      if (pauseMs !== null) return pauseMs;
    }
  }

  async #try(
    session: SessionRecord,
    connection: Connection,
    job: Job,
    lane: Lane,
  ): Promise<number | null> {
    const verdict = await this.#attempt(connection, job, lane);
    const { messageId } = job;
    switch (verdict.kind) {
      case 'sent':
        lane.prepareFailures = 0;
        await this.#finish(session, job, { messageId, status: 'sent' });
        return null;
      case 'failed':
        lane.prepareFailures = 0;
        await this.#finish(session, job, { messageId, status: 'failed', error: verdict.error });
        return null;
      case 'again': {
        const tries = job.attempts + lane.prepareFailures;
        this.#deps.logger.warn(
          { session: session.id, messageId, tries, reason: verdict.reason },
          'send not confirmed, will be repeated under the same id',
        );
        return backoffDelayMs(RETRY_BACKOFF, tries, this.#deps.random.next());
      }
    }
  }

  /** Prepares the bytes once, keeps them, and sends them. */
  async #attempt(connection: Connection, job: Job, lane: Lane): Promise<AfterTry> {
    const encoded = job.encoded ?? (await prepared(connection, job.content));
    if (encoded instanceof Error) {
      return afterPreparing(encoded, ++lane.prepareFailures);
    }
    await this.#deps.store.markSending(job.sessionKey, job.messageId, encoded);
    const outcome = await connection
      .relay(job.chatId, job.messageId, encoded)
      .catch((error: unknown) => ({ kind: 'unconfirmed' as const, reason: String(error) }));
    return afterTry(outcome, job.attempts + 1);
  }

  async #finish(session: SessionRecord, job: Job, ended: Ended): Promise<void> {
    const { store, events } = this.#deps;
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
    const stored = await this.#untilStored(() =>
      store.finish(job.sessionKey, job.messageId, { status: ended.status, ...error }, batch),
    );
    if (!stored) return;
    events.committed(batch);
    this.#waiters.get(`${job.sessionKey}/${job.messageId}`)?.(ended);
    await this.#deps.release(job.content).catch((failure: unknown) => {
      this.#deps.logger.warn({ err: failure }, 'the media of a finished send was not removed');
    });
  }

  /** What WhatsApp answered must not be forgotten, else the message would be sent again. */
  async #untilStored(write: () => Promise<void>): Promise<boolean> {
    for (;;) {
      try {
        await write();
        return true;
      } catch (error) {
        this.#deps.logger.error({ err: error }, 'the answer of WhatsApp could not be stored yet');
        if (this.#stopping.signal.aborted) return false;
        await sleep(this.#deps.clock, STORAGE_RETRY_MS, this.#stopping.signal);
      }
    }
  }

  #outcomeOf(key: SessionKey, messageId: string, waitMs: number) {
    const name = `${key}/${messageId}`;
    let abandon = () => {};
    const promise = new Promise<Ended | null>((resolve) => {
      const finish = (ended: Ended | null) => {
        timer.cancel();
        this.#waiters.delete(name);
        resolve(ended);
      };
      if (waitMs <= 0 || this.#stopping.signal.aborted) return resolve(null);
      const timer = this.#deps.clock.after(waitMs, () => finish(null));
      abandon = () => finish(null);
      this.#waiters.set(name, finish);
    });
    return { promise, abandon };
  }

  #wakeLater(key: SessionKey, lane: Lane, pauseMs: number): void {
    if (this.#stopping.signal.aborted || lane.again) return;
    lane.timer = this.#deps.clock.after(pauseMs, () => this.wake(key));
  }

  #lane(key: SessionKey): Lane {
    const existing = this.#lanes.get(key);
    if (existing) return existing;
    const lane: Lane = { running: null, again: false, timer: null, prepareFailures: 0 };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** The form that WhatsApp Web clients use: `3EB0` and 9 bytes of chance in capital hex digits. */
  #newMessageId(): string {
    return `3EB0${Buffer.from(this.#deps.random.bytes(9)).toString('hex').toUpperCase()}`;
  }
}

function prepared(connection: Connection, content: OutgoingContent): Promise<Uint8Array | Error> {
  return connection
    .prepare(content)
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}
