import { isSharedChat } from '../../contacts/address.ts';
import type { EventBatch } from '../../events/store.ts';
import { Problem } from '../../kernel/errors.ts';
import type { MessageStatus } from '../../messages/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { PastSend } from '../pacing/history.ts';
import type {
  Head,
  Job,
  JobError,
  JobPlan,
  JobSummary,
  LinePlace,
  OutboxStore,
  PacingRecord,
  PacingStore,
  QueueCounts,
  Queued,
  QueueStore,
  RememberedRequest,
  Replies,
} from '../store.ts';

/** A message row of the store below, as a test looks at it. */
export interface StoredSend {
  job: Job;
  plan: JobPlan;
  status: MessageStatus;
  error: JobError | null;
}

/**
 * The outbox's stores in memory, with failures on demand, for one session. They outlive any `Outbox`
 * made on them.
 */
export class MemoryOutboxStore implements OutboxStore, QueueStore, PacingStore {
  #key: SessionKey | null = null;
  readonly rows: StoredSend[] = [];
  readonly events: string[] = [];
  readonly past: PastSend[] = [];
  readonly heardAt = new Map<string, number>();
  record: PacingRecord | null = null;
  /** Names of calls that fail, each as often as it stands here. */
  readonly failing: string[] = [];

  async enqueue(job: Job, plan?: JobPlan): Promise<Queued> {
    this.#fail('enqueue');
    const direct: JobPlan = {
      dueAtMs: job.createdAtMs,
      expiresAtMs: null,
      priority: 'direct',
      textKey: null,
      effort: { kind: 'none' },
    };
    const row: StoredSend = { job, plan: plan ?? direct, status: 'queued', error: null };
    this.rows.push(row);
    return this.#queued(row);
  }

  async pending(_key: SessionKey, limit: number): Promise<Job[]> {
    return this.#line(Infinity, limit).map(({ job }) => job);
  }

  async sessionsWithPending(): Promise<SessionKey[]> {
    return [...new Set(this.#open().map(({ job }) => job.sessionKey))];
  }

  async markSending(
    _key: SessionKey,
    messageId: string,
    encoded: Uint8Array,
    send?: PastSend,
  ): Promise<void> {
    this.#fail('markSending');
    const row = this.row(messageId);
    if (!isOpen(row)) throw new Problem('message_not_found', 'The send is over.');
    row.job = { ...row.job, encoded, attempts: row.job.attempts + 1 };
    row.status = 'sending';
    if (send) this.past.push(send);
  }

  async finish(
    _key: SessionKey,
    messageId: string,
    outcome: { readonly status: 'sent' | 'failed'; readonly error?: JobError },
    batch: EventBatch,
    visible: () => void = () => undefined,
  ): Promise<boolean> {
    this.#fail('finish');
    visible();
    const row = this.row(messageId);
    if (!isOpen(row)) return false;
    row.status = outcome.status;
    row.error = outcome.error ?? null;
    this.#report(batch, messageId);
    return true;
  }

  async heads(
    _key: SessionKey,
    query: { readonly dueByMs: number; readonly perKind: number },
  ): Promise<Head[]> {
    this.#fail('heads');
    const chats = new Map<string, StoredSend[]>();
    for (const row of this.#line(query.dueByMs, Infinity)) {
      chats.set(row.job.chatId, [...(chats.get(row.job.chatId) ?? []), row]);
    }
    return [...chats.values()].flatMap((line) => {
      const [first] = line;
      if (!first) return [];
      const urgent = line.some(({ plan }) => plan.priority === 'direct');
      return [{ ...this.#head(first), priority: urgent ? 'direct' : 'bulk' } as const];
    });
  }

  async due(
    _key: SessionKey,
    query: {
      dueByMs: number;
      exceptChats: readonly string[];
      exceptMessages: readonly string[];
      limit: number;
    },
  ): Promise<Queued[]> {
    this.#fail('due');
    return this.#line(query.dueByMs, Infinity)
      .filter(({ job }) => !query.exceptChats.includes(job.chatId))
      .filter(({ job }) => !query.exceptMessages.includes(job.messageId))
      .slice(0, query.limit)
      .map((row) => this.#queued(row));
  }

  async find(_key: SessionKey, messageId: string): Promise<Queued | null> {
    const row = this.#open().find(({ job }) => job.messageId === messageId);
    return row ? this.#queued(row) : null;
  }

  async withdraw(_key: SessionKey, messageId: string): Promise<boolean> {
    const at = this.rows.findIndex(({ job }) => job.messageId === messageId);
    const row = this.rows[at];
    if (!row || !isOpen(row) || row.job.attempts > 0) return false;
    this.rows.splice(at, 1);
    return true;
  }

  async ahead(_key: SessionKey, messageId: string, most: number): Promise<number> {
    const line = this.#line(Infinity, Infinity);
    const at = line.findIndex(({ job }) => job.messageId === messageId);
    return Math.min(most, Math.max(0, at));
  }

  async nextChange(_key: SessionKey, nowMs: number) {
    const plans = this.#open().map(({ plan }) => plan);
    const first = (instants: number[]) => (instants.length === 0 ? null : Math.min(...instants));
    return {
      dueAtMs: first(plans.map(({ dueAtMs }) => dueAtMs).filter((atMs) => atMs > nowMs)),
      expiresAtMs: first(plans.flatMap(({ expiresAtMs }) => expiresAtMs ?? [])),
    };
  }

  async expired(_key: SessionKey, nowMs: number, limit: number): Promise<Job[]> {
    return this.#open()
      .filter(({ plan }) => (plan.expiresAtMs ?? Infinity) <= nowMs)
      .slice(0, limit)
      .map(({ job }) => job);
  }

  async list(_key: SessionKey, limit: number, after: LinePlace | null): Promise<JobSummary[]> {
    const line = this.#line(Infinity, Infinity).map((row) => ({
      ...row,
      serial: this.rows.indexOf(row),
    }));
    const isBehind = ({ plan, serial }: (typeof line)[number]) =>
      after === null ||
      plan.dueAtMs > after.dueAtMs ||
      (plan.dueAtMs === after.dueAtMs && serial > after.serial);
    const page = line.filter(isBehind).slice(0, limit);
    return page.map(({ job, plan, serial }) => ({
      serial,
      messageId: job.messageId,
      chatId: job.chatId,
      type: job.content.type,
      priority: plan.priority,
      createdAtMs: job.createdAtMs,
      dueAtMs: plan.dueAtMs,
      expiresAtMs: plan.expiresAtMs,
      attempts: job.attempts,
    }));
  }

  async counts(_key: SessionKey, nowMs: number): Promise<QueueCounts> {
    const open = this.#open();
    const due = open.filter(({ plan }) => plan.dueAtMs <= nowMs).length;
    return {
      total: open.length,
      due,
      scheduled: open.length - due,
      bulk: open.filter(({ plan }) => plan.priority === 'bulk').length,
      tried: open.filter(({ job }) => job.attempts > 0).length,
    };
  }

  async remembered(
    _key: SessionKey,
    mark: string,
    sinceMs: number,
  ): Promise<RememberedRequest | null> {
    const row = this.rows.find(
      ({ job, plan }) => plan.idempotency?.key === mark && job.createdAtMs > sinceMs,
    );
    return row?.plan.idempotency
      ? { requestHash: row.plan.idempotency.requestHash, id: row.job.messageId }
      : null;
  }

  async load(): Promise<PacingRecord | null> {
    this.#fail('load');
    return this.record;
  }

  async restricted(): Promise<SessionKey[]> {
    const { cold = null, all = null } = this.record?.restrictions ?? {};
    return this.#key === null || (cold === null && all === null) ? [] : [this.#key];
  }

  async save(key: SessionKey, record: PacingRecord, batch: EventBatch): Promise<void> {
    this.#fail('save');
    this.#key = key;
    this.record = record;
    for (const { event, data } of batch.events) this.events.push(`${event} ${String(data.until)}`);
  }

  async heard(_key: SessionKey, chatId: string, atMs: number): Promise<void> {
    this.heardAt.set(chatId, atMs);
  }

  async sends(_key: SessionKey, sinceMs: number, limit: number): Promise<PastSend[]> {
    return this.past.filter(({ atMs }) => atMs > sinceMs).slice(-limit);
  }

  async replies(_key: SessionKey, sinceMs: number): Promise<Replies> {
    const first = new Map<string, number>();
    for (const { budget, chatId, atMs } of this.past) {
      if (budget === 'cold' && atMs > sinceMs && !first.has(chatId)) first.set(chatId, atMs);
    }
    const answered = [...first].filter(([chatId, atMs]) => (this.heardAt.get(chatId) ?? 0) >= atMs);
    return { begun: first.size, answered: answered.length };
  }

  async forgetSends(): Promise<void> {}

  row(messageId: string): StoredSend {
    const row = this.rows.find(({ job }) => job.messageId === messageId);
    if (!row) throw new Problem('message_not_found', `no job ${messageId}`);
    return row;
  }

  #open(): StoredSend[] {
    return this.rows.filter(isOpen);
  }

  #line(dueByMs: number, limit: number): StoredSend[] {
    return this.#open()
      .filter(({ plan }) => plan.dueAtMs <= dueByMs)
      .sort((a, b) => a.plan.dueAtMs - b.plan.dueAtMs)
      .slice(0, limit);
  }

  #head({ job, plan }: StoredSend): Head {
    const { messageId, chatId, attempts } = job;
    const { dueAtMs, priority, textKey, effort } = plan;
    const heardAtMs = isSharedChat(chatId) ? Infinity : (this.heardAt.get(chatId) ?? null);
    const wroteAtMs = this.past.findLast((send) => send.chatId === chatId)?.atMs ?? null;
    return {
      messageId,
      chatId,
      dueAtMs,
      priority,
      heardAtMs,
      wroteAtMs,
      textKey,
      effort,
      attempts,
    };
  }

  #queued(row: StoredSend): Queued {
    return { job: row.job, head: this.#head(row), expiresAtMs: row.plan.expiresAtMs };
  }

  #report(batch: EventBatch, messageId: string): void {
    this.events.push(...batch.events.map(({ event }) => `${event} ${messageId}`));
  }

  #fail(call: string): void {
    const at = this.failing.indexOf(call);
    if (at === -1) return;
    this.failing.splice(at, 1);
    throw new Error(`the storage failed in ${call}`);
  }
}

const isOpen = ({ status }: StoredSend) => status === 'queued' || status === 'sending';
