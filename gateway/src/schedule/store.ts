import type { EventBatch } from '../events/store.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import type { MessageStatus } from '../messages/store.ts';
import type { IdempotencyMark, RememberedRequest } from '../outbox/store.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Rhythm } from './rhythm.ts';

/** One message, sent again and again. */
export interface Schedule {
  readonly id: string;
  /** It is removed with its session. */
  readonly sessionKey: SessionKey;
  readonly name: string | null;
  readonly rhythm: Rhythm;
  /** Ends after so many messages; null: never. */
  readonly maxOccurrences: number | null;
  readonly enabled: boolean;
  readonly to: string;
  /** A body of `send` without `to` and times. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The occurrence that is to be seen to next; null while it is disabled, and once it is over. */
  readonly nextAtMs: number | null;
  /** Messages that it has made. */
  readonly made: number;
  /** Occurrences that made none. */
  readonly missed: number;
  /** Grows with every change, so that none is made on grounds that no longer stand. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** What a repeated request is recognised by. */
  readonly idempotency: IdempotencyMark | null;
}

/** Why an occurrence made no message. */
export interface Fault {
  readonly code: ProblemCode;
  readonly reason: string;
}

/** An occurrence that was seen to: it has a message, or a fault. */
export interface Occurrence {
  readonly atMs: number;
  readonly messageId: string | null;
  readonly fault: Fault | null;
  /** How far its message has come; null while there is none, or once it is no longer kept. */
  readonly messageStatus: MessageStatus | null;
}

/** What moves a schedule on. */
export interface Step {
  readonly nextAtMs: number | null;
  /** Occurrences that made no message. */
  readonly missed: number;
}

/** An occurrence that makes no message, and why. */
export interface NotMade extends Fault {
  readonly atMs: number;
}

/** What schedules need of storage. Their jobs are made by `OutboxStore.enqueue`, with an order. */
export interface ScheduleStore {
  /** False, and nothing is written, when the session has `most` schedules already. */
  create(schedule: Schedule, most: number): Promise<boolean>;
  find(id: string): Promise<Schedule | null>;
  /** Which schedule a request with this key made since `sinceMs`; one that was removed is forgotten. */
  remembered(key: SessionKey, mark: string, sinceMs: number): Promise<RememberedRequest | null>;
  /** Those of a session, newest first; `after` is the last one seen. */
  list(key: SessionKey, limit: number, after: string | null): Promise<Schedule[]>;
  /**
   * Writes all but the counts and the idempotency mark, as the next revision. False, and nothing is written, when the schedule is
   * gone or no more at the revision that is given.
   */
  change(schedule: Schedule): Promise<boolean>;
  /** False when it was gone already. Jobs that it made stay. */
  remove(id: string): Promise<boolean>;
  /** Those whose next occurrence has come, without `except`; the earliest first. */
  due(nowMs: number, except: readonly string[], limit: number): Promise<Schedule[]>;
  /** The earliest next occurrence of all but `except`. */
  nextAtMs(except: readonly string[]): Promise<number | null>;
  /**
   * Moves on without a message. Keeps the occurrence, if one is given, and the events in the same
   * transaction. False, and nothing is written, when the schedule is no more at that revision.
   */
  advance(
    id: string,
    revision: number,
    step: Step,
    notMade: NotMade | null,
    batch: EventBatch,
  ): Promise<boolean>;
  /** The newest occurrences, newest first; 20 are kept of each schedule. */
  occurrences(id: string): Promise<Occurrence[]>;
}
