import { Problem } from '../kernel/errors.ts';

/**
 * Storage could not do its work: disk full, read-only, I/O error, closed. Nothing of the call was
 * kept, so it can be made again; every write is keyed so that repeating it does no harm.
 */
export class StorageUnavailable extends Problem {
  constructor(detail: string, cause?: unknown) {
    super('storage_unavailable', detail);
    this.name = 'StorageUnavailable';
    if (cause !== undefined) this.cause = cause;
  }
}

/**
 * The disk did not keep what it was given, so that nobody knows what is on it. Final: every call rejects
 * until the storage is opened again.
 */
export class StorageLost extends StorageUnavailable {
  constructor(reason: string, cause: unknown) {
    super(`The disk did not keep what was written to it: ${reason}`, cause);
    this.name = 'StorageLost';
  }
}

/** A stored value is not what was written: it fails its seal or cannot be parsed. Retrying is useless. */
export class StorageDamaged extends Error {
  override readonly name = 'StorageDamaged';
}

/** Why a storage was not opened; each has its own remedy, which the message names. */
export type RefusalReason =
  | 'in_use'
  | 'newer_schema'
  | 'key_missing'
  | 'key_wrong'
  | 'not_encrypted'
  | 'damaged'
  | 'not_accessible';

/** The storage was not opened, and nothing in it was changed. The message is meant for the operator. */
export class StorageRefused extends Error {
  override readonly name = 'StorageRefused';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, cause?: unknown) {
    super(message);
    this.reason = reason;
    if (cause !== undefined) this.cause = cause;
  }
}
