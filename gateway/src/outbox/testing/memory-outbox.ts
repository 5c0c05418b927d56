import type { EventBatch } from '../../events/store.ts';
import type { MessageStatus } from '../../messages/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Job, JobError, OutboxStore } from '../store.ts';

/** A message row of the store below, as a test looks at it. */
export interface StoredSend {
  job: Job;
  status: MessageStatus;
  error: JobError | null;
}

/** The outbox's store in memory, with failures on demand. It outlives any `Outbox` made on it. */
export class MemoryOutboxStore implements OutboxStore {
  readonly sends: StoredSend[] = [];
  readonly events: string[] = [];
  /** Names of calls that fail, each as often as it stands here. */
  readonly failing: string[] = [];

  async enqueue(job: Job): Promise<void> {
    this.#fail('enqueue');
    this.sends.push({ job, status: 'queued', error: null });
  }

  async pending(key: SessionKey, limit: number): Promise<Job[]> {
    this.#fail('pending');
    return this.sends
      .filter(({ job, status }) => job.sessionKey === key && isOpen(status))
      .slice(0, limit)
      .map(({ job }) => job);
  }

  async sessionsWithPending(): Promise<SessionKey[]> {
    const open = this.sends.filter(({ status }) => isOpen(status));
    return [...new Set(open.map(({ job }) => job.sessionKey))];
  }

  async markSending(key: SessionKey, messageId: string, encoded: Uint8Array): Promise<void> {
    this.#fail('markSending');
    const row = this.find(key, messageId);
    row.job = { ...row.job, encoded, attempts: row.job.attempts + 1 };
    row.status = 'sending';
  }

  async finish(
    key: SessionKey,
    messageId: string,
    outcome: { readonly status: 'sent' | 'failed'; readonly error?: JobError },
    batch: EventBatch,
  ): Promise<void> {
    this.#fail('finish');
    const row = this.find(key, messageId);
    row.status = outcome.status;
    row.error = outcome.error ?? null;
    this.events.push(...batch.events.map(({ event }) => `${event} ${messageId}`));
  }

  find(key: SessionKey, messageId: string): StoredSend {
    const row = this.sends.find(({ job }) => job.sessionKey === key && job.messageId === messageId);
    if (!row) throw new Error(`no job ${messageId}`);
    return row;
  }

  #fail(call: string): void {
    const at = this.failing.indexOf(call);
    if (at === -1) return;
    this.failing.splice(at, 1);
    throw new Error(`the storage failed in ${call}`);
  }
}

const isOpen = (status: MessageStatus) => status === 'queued' || status === 'sending';
