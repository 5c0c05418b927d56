import type {
  SignalDataSet,
  SignalDataTypeMap,
  SignalKeyStore,
  SignalKeyStoreWithTransaction,
} from 'baileys';
import { KeyedLock } from './keyed-lock.ts';
import { isAwaitedBy } from './nested-call.ts';

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
 * A transaction within another would wait for itself for ever: it is refused at once with
 * `NestedTransaction`. The library begins transactions in six places, besides those in its own Signal
 * repository and mapping of LIDs, which ours replace:
 *
 * | where | asks for another inside? |
 * |---|---|
 * | `relayMessage`: a whole send, questions about devices, sessions and groups included | no |
 * | `sendRetryRequest`: a receipt, with a pre-key made for it | no |
 * | `uploadPreKeys`: making them, without the upload | no |
 * | `resyncAppState`: fetching shared settings | no |
 * | `processMessage`: app-state keys from the phone | no |
 * | `appPatch`: writing shared settings | yes, by `resyncAppState`: `chatModify` and all that is made of it (`star`, `updateProfileName`, `addOrEditContact`, labels, ...) must not be used; `shared-settings.ts` does instead |
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

  library.transaction = async (work) => {
    if (staged && isAwaitedBy(insideTransaction.name)) throw new NestedTransaction();
    return turns.run('transaction', async () => {
      const writes: SignalDataSet = {};
      staged = writes;
      try {
        const result = await insideTransaction(work);
        if (Object.keys(writes).length > 0) await records.set(writes);
        return result;
      } finally {
        staged = null;
      }
    });
  };
}

/** Its name on the stack is how a transaction within another is told from one that waits its turn. */
async function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  return await work();
}

/** A transaction was asked for by the one that is running, which would wait for it, and it for that one. */
export class NestedTransaction extends Error {
  override readonly name = 'NestedTransaction';

  constructor() {
    super(
      'a transaction of the library was asked for within another: of what it offers, all that calls ' +
        '`appPatch` must not be used (see transactions.ts)',
    );
  }
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
