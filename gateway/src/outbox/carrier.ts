import { backoffDelayMs } from '../kernel/backoff.ts';
import { type Clock, sleep } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import type { SessionRecord } from '../sessions/store.ts';
import type { OutgoingContent } from '../whatsapp/content.ts';
import type { Connection } from '../whatsapp/port.ts';
import type { Admission } from './admission.ts';
import type { ChatTurns, Turn } from './chat-turns.ts';
import { type AfterTry, afterPreparing, afterTry, RETRY_BACKOFF } from './outcome.ts';
import type { PastSend } from './pacing/history.ts';
import type { SessionPacing } from './pacing/session-pacing.ts';
import type { SlowStart } from './slow-start.ts';
import type { Job, JobError, OutboxStore, Queued } from './store.ts';

/** What a try leaves behind. */
export interface AfterCarry {
  /** The message is with WhatsApp, and the job is over. */
  readonly sent: boolean;
  /** Until when its chat has to wait, as Unix time in milliseconds; 0 when it has not. */
  readonly blockedUntilMs: number;
}

/** How a job ended. */
export type Ended =
  | { readonly status: 'sent' }
  | { readonly status: 'failed'; readonly error: JobError };

/** What a send is made with. */
export interface Work {
  readonly session: SessionRecord;
  readonly connection: Connection;
  readonly pacing: SessionPacing;
}

export interface CarrierDeps {
  readonly store: Pick<OutboxStore, 'markSending'>;
  /** Ends the job in storage with its event, and tells who waits. Rejects when storage fails. */
  readonly end: (session: SessionRecord, job: Job, ended: Ended) => Promise<void>;
  /** Asked right before each try; rejects when that cannot be told now. */
  readonly admit: (session: SessionRecord, job: Job) => Promise<Admission>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Pause after storage failed. */
export const STORAGE_RETRY_MS = 5_000;

/** The life of one send of a session: the last look, its bytes, the wire, and what becomes of it. */
export class Carrier {
  readonly #deps: CarrierDeps;
  readonly #chats: ChatTurns;
  readonly #slowStart: SlowStart;
  readonly #stopping: AbortSignal;
  /** Failures in a row to make a job's bytes; what was never sent is not counted in storage. */
  readonly #prepareFailures = new Map<string, number>();

  constructor(deps: CarrierDeps, chats: ChatTurns, slowStart: SlowStart, stopping: AbortSignal) {
    this.#deps = deps;
    this.#chats = chats;
    this.#slowStart = slowStart;
    this.#stopping = stopping;
  }

  /** One try. Rejects when storage fails. */
  async carry(work: Work, { job }: Queued, send: PastSend, turn: Turn): Promise<AfterCarry> {
    const admission = await this.#admit(work.session, job);
    const verdict: AfterTry | null =
      'to' in admission ? await this.#try(work, job, admission.to, send, turn) : admission;
    switch (verdict?.kind) {
      case undefined:
        return { sent: false, blockedUntilMs: 0 };
      case 'sent':
      case 'failed': {
        this.#prepareFailures.delete(job.messageId);
        const ended: Ended =
          verdict.kind === 'sent' ? { status: 'sent' } : { status: 'failed', error: verdict.error };
        await this.#untilStored(() => this.#deps.end(work.session, job, ended));
        return { sent: verdict.kind === 'sent', blockedUntilMs: 0 };
      }
      case 'again': {
        const tries = job.attempts + (this.#prepareFailures.get(job.messageId) ?? 0);
        this.#deps.logger.warn(
          { session: work.session.id, messageId: job.messageId, tries, reason: verdict.reason },
          'send not confirmed, will be repeated under the same id',
        );
        const pauseMs = backoffDelayMs(RETRY_BACKOFF, tries, this.#deps.random.next());
        return { sent: false, blockedUntilMs: this.#deps.clock.now() + pauseMs };
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
    const encoded = job.encoded ?? (await prepared(connection, job.content, to));
    if (encoded instanceof Error) {
      const failures = (this.#prepareFailures.get(job.messageId) ?? 0) + 1;
      this.#prepareFailures.set(job.messageId, failures);
      return afterPreparing(encoded, failures);
    }
    const open = await this.#mark(job, encoded, send);
    if (!(await turn.mine) || !open) return null;
    const answer = connection.relay(to, job.messageId, encoded, {
      audience: job.content.status?.audience,
      isRepeated: job.attempts > 0,
    });
    turn.handOver(true);
    const outcome = await answer.catch((error: unknown) => ({
      kind: 'unconfirmed' as const,
      reason: String(error),
    }));
    if (outcome.kind === 'acked') this.#chats.prove(job.chatId);
    if (outcome.kind !== 'unconfirmed') this.#slowStart.answered();
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
        if (this.#stopping.aborted) return;
        await sleep(this.#deps.clock, STORAGE_RETRY_MS, this.#stopping);
      }
    }
  }
}

const GONE: ReadonlySet<string> = new Set(['message_not_found', 'session_not_found']);

function prepared(
  connection: Connection,
  content: OutgoingContent,
  to: string,
): Promise<Uint8Array | Error> {
  return connection
    .prepare(content, to)
    .catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}
