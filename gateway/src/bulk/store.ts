import type { EventBatch } from '../events/store.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import type { MessageStatus } from '../messages/store.ts';
import type { Values } from '../messages/templates/template.ts';
import type { RememberedRequest } from '../outbox/store.ts';
import type { SessionKey } from '../sessions/store.ts';

/**
 * How far a bulk send is. `preparing` while its recipients are being written: nobody was answered yet,
 * and one that is found so at start never was. `cancelled` takes nothing new; like `finished` it is over
 * once `finishedAtMs` is set, when the last message that was under way has ended.
 */
export type BulkState = 'preparing' | 'running' | 'paused' | 'cancelled' | 'finished';

/** One content to many people. */
export interface Bulk {
  readonly id: string;
  readonly workspaceId: string;
  /** The session that it was given to; it is removed with it. */
  readonly sessionKey: SessionKey;
  /** The sessions that send it, that one included. */
  readonly pool: readonly SessionKey[];
  readonly name: string | null;
  readonly state: BulkState;
  /** A body of `send` without `to`, its places unfilled. */
  readonly content: Readonly<Record<string, unknown>>;
  /** Nothing goes before this instant. */
  readonly startAtMs: number;
  /** Nothing goes after it. */
  readonly expiresAtMs: number | null;
  readonly createdAtMs: number;
  readonly finishedAtMs: number | null;
  /** What a repeated request is recognised by. */
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
}

/**
 * `waiting` recipients have no job yet, `queued` ones have; `sent` means that WhatsApp has the message.
 * `skipped` were never tried: no such number, a duplicate, on the opt-out list.
 */
export type RecipientState = 'waiting' | 'queued' | 'sent' | 'failed' | 'skipped' | 'cancelled';

/** All of them, in the order in which a recipient goes through them. */
export const RECIPIENT_STATES = [
  'waiting',
  'queued',
  'sent',
  'failed',
  'skipped',
  'cancelled',
] as const satisfies readonly RecipientState[];

/** Why a recipient got nothing. */
export interface Fault {
  readonly code: ProblemCode;
  readonly reason: string;
}

/** A recipient as it is entered: waiting, or skipped for its fault. */
export interface NewRecipient {
  /** Its number in the list, from 1. */
  readonly position: number;
  readonly to: string;
  readonly variables: Values;
  /** Reserved: the message goes out under this id, whatever happens to the process. */
  readonly messageId: string;
  readonly fault: Fault | null;
}

/** A recipient as it stands. */
export interface Recipient extends NewRecipient {
  readonly state: RecipientState;
  /** Who sends to it; null before that is decided. */
  readonly sessionKey: SessionKey | null;
  /** How far its message has come; null while there is none, or once it is no longer kept. */
  readonly messageStatus: MessageStatus | null;
}

/** Recipients of one bulk send by state; together all of them. */
export type RecipientCounts = Readonly<Record<RecipientState, number>>;

/** What a chat has to do with a session. */
export interface Acquaintance {
  readonly sessionKey: SessionKey;
  readonly chatId: string;
  readonly heardAtMs: number | null;
  readonly wroteAtMs: number | null;
}

/** What bulk sends need of storage. Their jobs are made by `OutboxStore.enqueue`, with an order. */
export interface BulkStore {
  /** In state `preparing`. */
  create(bulk: Bulk): Promise<void>;
  addRecipients(id: string, recipients: readonly NewRecipient[]): Promise<void>;
  /** Removes bulk sends that are `preparing`: their requests were never answered. */
  forgetUnprepared(): Promise<void>;
  find(id: string): Promise<Bulk | null>;
  /** Those of a session, newest first, without those being prepared; `after` is the last one seen. */
  list(key: SessionKey, limit: number, after: string | null): Promise<Bulk[]>;
  /** All that are not over, oldest first. */
  unfinished(): Promise<Bulk[]>;
  /** Which bulk send a request with this key made since `sinceMs`. */
  remembered(key: SessionKey, mark: string, sinceMs: number): Promise<RememberedRequest | null>;
  /**
   * Changes the state, with events. `cancelled` also cancels whoever is waiting. False, and nothing is
   * written, when the bulk send is in none of the states `from`.
   */
  move(id: string, from: readonly BulkState[], to: BulkState, batch: EventBatch): Promise<boolean>;
  /**
   * It is over: sets `finishedAtMs` and, unless it was cancelled, the state, with events. False, and
   * nothing is written, when it is over already or no more in the state `from`.
   */
  finish(id: string, from: BulkState, atMs: number, batch: EventBatch): Promise<boolean>;
  /** By position; `after` is the last one seen. A null state: all of them. */
  recipients(
    id: string,
    query: {
      readonly state: RecipientState | null;
      readonly after: number;
      readonly limit: number;
    },
  ): Promise<Recipient[]>;
  counts(id: string): Promise<RecipientCounts>;
  /** How many of the queued each session has. */
  backlog(id: string): Promise<ReadonlyMap<SessionKey, number>>;
  /** A waiting recipient will get nothing. */
  giveUp(id: string, position: number, as: 'failed' | 'skipped', fault: Fault): Promise<void>;
  /** All that wait will get nothing. */
  giveUpWaiting(id: string, fault: Fault): Promise<void>;
  /** Moves queued recipients whose message has ended; answers how many moved. */
  settle(id: string): Promise<number>;
  /** Of these chats those that any of the sessions had to do with, the latest contact first. */
  acquaintances(keys: readonly SessionKey[], chatIds: readonly string[]): Promise<Acquaintance[]>;
  /**
   * Removes at most `limit` recipients of bulk sends that were over before `beforeMs`, and each bulk
   * send with its last; resolves with how many rows went, 0 when done.
   */
  prune(beforeMs: number, limit: number): Promise<number>;
}
