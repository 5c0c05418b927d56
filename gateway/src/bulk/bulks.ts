import type { Recipients } from '../contacts/recipients.ts';
import type { Events } from '../events/events.ts';
import { Problem } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Outbox } from '../outbox/contract.ts';
import { createIdempotency } from '../outbox/idempotency.ts';
import { newMessageId } from '../outbox/message-id.ts';
import type { IdempotencyMark } from '../outbox/store.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { type BulkRequest, type Draft, draftOf, listOf } from './draft.ts';
import { type DryRunDeps, dryRun } from './dry-run.ts';
import { Feed, type FeedDeps } from './feed.ts';
import type { Forecast } from './forecast.ts';
import { type BulkView, viewOf } from './outlook.ts';
import type { Listed } from './recipient-list.ts';
import type { Bulk, BulkState, Recipient, RecipientState } from './store.ts';
import { takeBack } from './take-back.ts';

/** What became of a request: a new bulk send or the one of an equal earlier request, with its list as read. */
export interface CreatedBulk {
  readonly view: BulkView;
  readonly replayed: boolean;
  readonly recipients: readonly Listed[];
}

/** The bulk sends of sessions. */
export interface Bulks {
  /**
   * Stores a bulk send and begins it. Throws when the content is no message, nobody of the list can be
   * sent to, or the session takes no messages; nothing is kept then. With an idempotency key an equal
   * request within 24 hours answers the first one's bulk send.
   */
  create(
    workspaceId: string,
    id: string,
    request: BulkRequest,
    idempotencyKey?: string,
  ): Promise<CreatedBulk>;
  /** What `create` would do: who would be skipped, and when it would be done. */
  tryOut(
    workspaceId: string,
    id: string,
    request: BulkRequest,
  ): Promise<{ readonly recipients: readonly Listed[]; readonly forecast: Forecast | null }>;
  list(session: SessionRecord, limit: number, after: string | null): Promise<BulkView[]>;
  /** Throws `bulk_not_found`, as do those below. */
  get(session: SessionRecord, bulkId: string): Promise<BulkView>;
  recipients(
    session: SessionRecord,
    bulkId: string,
    query: {
      readonly state: RecipientState | null;
      readonly after: number;
      readonly limit: number;
    },
  ): Promise<Recipient[]>;
  /** Takes back what was not tried yet. Throws `bulk_over`; pausing a paused one changes nothing. */
  pause(session: SessionRecord, bulkId: string): Promise<BulkView>;
  resume(session: SessionRecord, bulkId: string): Promise<BulkView>;
  /** For good: what was not tried yet is never sent. */
  cancel(session: SessionRecord, bulkId: string): Promise<BulkView>;
  /** Goes on with what an earlier process did not finish. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface BulkDeps
  extends Omit<FeedDeps, 'events' | 'outbox' | 'recipients'>,
    Pick<DryRunDeps, 'pacing'> {
  readonly events: Events;
  readonly outbox: Outbox;
  readonly recipients: Pick<Recipients, 'check'>;
  readonly ids: IdSource;
}

/** Unfinished bulk sends of a session: each has a loop of its own. */
const MAX_UNFINISHED = 20;

/** Recipients written in one transaction. */
const WRITE_PAGE = 500;

/** News that may mean that there is room again, or a way. */
const NEWS: ReadonlySet<string> = new Set(['message.sent', 'message.failed', 'session.connected']);

export function createBulks(deps: BulkDeps): Bulks {
  return new FedBulks(deps);
}

class FedBulks implements Bulks {
  readonly #deps: BulkDeps;
  readonly #dryRunDeps: DryRunDeps;
  readonly #idempotency;
  readonly #feeds = new Map<string, { readonly feed: Feed; readonly pool: Bulk['pool'] }>();
  readonly #deaf: () => void;

  constructor(deps: BulkDeps) {
    this.#deps = deps;
    this.#dryRunDeps = { ...deps, now: () => deps.clock.now() };
    this.#idempotency = createIdempotency(deps.store, deps.clock);
    this.#deaf = deps.events.onCommitted(({ events }) => {
      for (const { event, workspaceId, sessionId } of events) {
        if (NEWS.has(event)) this.#hear(workspaceId, sessionId);
      }
    });
  }

  async create(
    workspaceId: string,
    id: string,
    request: BulkRequest,
    idempotencyKey?: string,
  ): Promise<CreatedBulk> {
    const session = this.#deps.sessions.resolve(workspaceId, id).record;
    const first = async (idempotency: IdempotencyMark | null) => {
      const draft = draftOf(this.#deps.sessions, workspaceId, id, request, this.#deps.clock.now());
      const bulk = await this.#store(session, draft, idempotency);
      return {
        view: await viewOf(this.#deps, bulk),
        replayed: false,
        recipients: draft.recipients,
      };
    };
    if (idempotencyKey === undefined) return first(null);
    return this.#idempotency.run(session.key, idempotencyKey, request, first, async (bulkId) => ({
      view: await this.get(session, bulkId),
      replayed: true,
      // An equal list reads equally.
      recipients: listOf(request),
    }));
  }

  async tryOut(workspaceId: string, id: string, request: BulkRequest) {
    const draft = draftOf(this.#deps.sessions, workspaceId, id, request, this.#deps.clock.now());
    return { recipients: draft.recipients, forecast: await dryRun(this.#dryRunDeps, draft) };
  }

  async list(session: SessionRecord, limit: number, after: string | null): Promise<BulkView[]> {
    const bulks = await this.#deps.store.list(session.key, limit, after);
    return Promise.all(bulks.map((bulk) => viewOf(this.#deps, bulk)));
  }

  async get(session: SessionRecord, bulkId: string): Promise<BulkView> {
    return viewOf(this.#deps, await this.#find(session, bulkId));
  }

  async recipients(
    session: SessionRecord,
    bulkId: string,
    query: { state: RecipientState | null; after: number; limit: number },
  ): Promise<Recipient[]> {
    await this.#find(session, bulkId);
    return this.#deps.store.recipients(bulkId, query);
  }

  pause(session: SessionRecord, bulkId: string): Promise<BulkView> {
    return this.#move(session, bulkId, ['running', 'paused'], 'paused');
  }

  resume(session: SessionRecord, bulkId: string): Promise<BulkView> {
    return this.#move(session, bulkId, ['running', 'paused'], 'running');
  }

  cancel(session: SessionRecord, bulkId: string): Promise<BulkView> {
    return this.#move(session, bulkId, ['running', 'paused', 'cancelled'], 'cancelled');
  }

  async start(): Promise<void> {
    const { store } = this.#deps;
    await store.forgetUnprepared();
    for (const bulk of await store.unfinished()) this.#feed(bulk);
  }

  async stop(): Promise<void> {
    this.#deaf();
    await Promise.all([...this.#feeds.values()].map(({ feed }) => feed.stop()));
  }

  async #store(
    session: SessionRecord,
    draft: Draft,
    idempotency: IdempotencyMark | null,
  ): Promise<Bulk> {
    const { store, clock, ids, random } = this.#deps;
    const unfinished = await store.unfinished();
    if (
      unfinished.filter(({ sessionKey }) => sessionKey === session.key).length >= MAX_UNFINISHED
    ) {
      throw new Problem(
        'too_many_bulks',
        `A session has up to ${MAX_UNFINISHED} unfinished bulk sends. Wait for one, or cancel one.`,
      );
    }
    const { recipients, ...fields } = draft;
    const bulk: Bulk = {
      ...fields,
      id: ids(),
      workspaceId: session.workspaceId,
      sessionKey: session.key,
      state: 'preparing',
      createdAtMs: clock.now(),
      finishedAtMs: null,
      idempotency,
    };
    await store.create(bulk);
    for (let from = 0; from < recipients.length; from += WRITE_PAGE) {
      const page = recipients.slice(from, from + WRITE_PAGE);
      await store.addRecipients(
        bulk.id,
        page.map(({ position, to, variables, fault }) => ({
          position,
          to,
          variables,
          fault,
          messageId: newMessageId(random),
        })),
      );
    }
    await store.move(bulk.id, ['preparing'], 'running', NO_NEWS);
    const running: Bulk = { ...bulk, state: 'running' };
    this.#feed(running);
    return running;
  }

  #feed(bulk: Bulk): void {
    const feed = new Feed(bulk.id, this.#deps, () => this.#feeds.delete(bulk.id));
    this.#feeds.set(bulk.id, { feed, pool: bulk.pool });
    feed.wake();
  }

  #hear(workspaceId: string, sessionId: string): void {
    if (this.#feeds.size === 0) return;
    for (const { feed, pool } of this.#feeds.values()) {
      const concerned = pool.some((key) => {
        const record = this.#deps.sessions.recordOf(key);
        return record?.workspaceId === workspaceId && record.id === sessionId;
      });
      if (concerned) feed.soon();
    }
  }

  async #move(
    session: SessionRecord,
    bulkId: string,
    from: readonly BulkState[],
    to: BulkState,
  ): Promise<BulkView> {
    const before = await this.#find(session, bulkId);
    if (!(await this.#deps.store.move(bulkId, from, to, NO_NEWS))) {
      throw new Problem('bulk_over', `The bulk send is ${before.state}: nothing of it waits.`);
    }
    const bulk: Bulk = { ...before, state: to };
    if (to !== 'running') await takeBack(this.#deps, bulk);
    this.#feeds.get(bulkId)?.feed.wake();
    return viewOf(this.#deps, bulk);
  }

  async #find(session: SessionRecord, bulkId: string): Promise<Bulk> {
    const bulk = await this.#deps.store.find(bulkId);
    if (bulk && bulk.sessionKey === session.key && bulk.state !== 'preparing') return bulk;
    throw new Problem(
      'bulk_not_found',
      `The session "${session.id}" has no bulk send "${bulkId}".`,
    );
  }
}

const NO_NEWS = { events: [], deliveries: [] };
