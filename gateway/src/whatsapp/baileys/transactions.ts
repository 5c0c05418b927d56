import type {
  SignalDataSet,
  SignalDataTypeMap,
  SignalKeyStore,
  SignalKeyStoreWithTransaction,
} from 'baileys';
import { KeyedLock } from './keyed-lock.ts';

type Type = keyof SignalDataTypeMap;

/**
 * What must not be kept of a transaction that fails: pre-keys go with the credentials that count them, and
 * who has the key of a group is known when the message that brings it has left.
 */
const STAGED: ReadonlySet<string> = new Set<Type>(['pre-key', 'sender-key-memory']);

/**
 * Replaces the transactions of the library's key store (7.0.0-rc14, `addTransactionCapability`) by turns:
 * one transaction at a time, which sees what it wrote; all but a few kinds of records are written at once.
 *
 * - The library knows by an `AsyncLocalStorage` per socket that a call is part of a transaction. On Node
 *   before 24 each of them makes every promise of the process dearer.
 * - What it begins in a transaction and finishes later is part of that for ever, and lost: the trusted-contact
 *   token after each send, so that every message issues a token again.
 *
 * A transaction must not be asked for within another. The library does so in `appPatch` only, which is not
 * used (see `shared-settings.ts`).
 */
export function takeOverTransactions(
  library: SignalKeyStoreWithTransaction,
  records: SignalKeyStore,
): void {
  const turns = new KeyedLock();
  /** What the running transaction will write when it has succeeded; null when none is running. */
  let staged: SignalDataSet | null = null;

  library.get = async <T extends Type>(type: T, ids: string[]) => {
    const ahead = staged?.[type];
    if (!ahead) return records.get(type, ids);
    const stored = await records.get(
      type,
      ids.filter((id) => !(id in ahead)),
    );
    const own = ids.flatMap((id) => (ahead[id] ? [[id, ahead[id]] as const] : []));
    return { ...stored, ...Object.fromEntries(own) };
  };

  library.set = async (data) => {
    const atOnce = staged ? stage(staged, data) : data;
    if (Object.keys(atOnce).length > 0) await records.set(atOnce);
  };

  library.isInTransaction = () => staged !== null;

  library.transaction = (work) =>
    turns.run('transaction', async () => {
      const writes: SignalDataSet = {};
      staged = writes;
      try {
        const result = await work();
        if (Object.keys(writes).length > 0) await records.set(writes);
        return result;
      } finally {
        staged = null;
      }
    });
}

/** Adds to `staged` what waits for the end of a transaction, and answers the rest. */
function stage(staged: SignalDataSet, data: SignalDataSet): SignalDataSet {
  const atOnce: SignalDataSet = {};
  for (const [type, values] of Object.entries(data)) {
    const target = STAGED.has(type) ? staged : atOnce;
    Object.assign(target, { [type]: { ...target[type as Type], ...values } });
  }
  return atOnce;
}
