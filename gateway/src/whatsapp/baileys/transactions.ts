import type {
  SignalDataSet,
  SignalDataTypeMap,
  SignalKeyStore,
  SignalKeyStoreWithTransaction,
} from 'baileys';
import { KeyedLock } from './keyed-lock.ts';
import { isAwaitedBy } from './nested-call.ts';

type Type = keyof SignalDataTypeMap;
type Memory = NonNullable<SignalDataSet['sender-key-memory']>;
type Holders = Memory[string];

/**
 * What must not be kept of a transaction that fails: pre-keys, which go with the credentials that count them,
 * and who has the key of a group.
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
 * Who has the key of a group is written once the message that brings it has left (`held` tells): a process
 * that dies earlier gives the key again, which does no harm, instead of believing that everybody has it.
 * When that is to be forgotten (null), it is so at once, whoever asks: the message under way may not bring the
 * key either, so what it says of its readers is not kept; the one behind it waits until nothing is stored.
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
  held: () => Promise<void> | null = () => null,
): void {
  const turns = new KeyedLock();
  /** What the running transaction will write when it has succeeded; null when none is running. */
  let staged: SignalDataSet | null = null;
  /** Who had which key is being forgotten. */
  let forgetting: Promise<unknown> = Promise.resolve();

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
    if (Object.keys(atOnce).length === 0) return;
    const write = Promise.resolve(records.set(atOnce));
    if (forgottenIn(atOnce)) forgetting = Promise.allSettled([forgetting, write]);
    await write;
  };

  library.isInTransaction = () => staged !== null;

  library.transaction = async (work) => {
    if (staged && isAwaitedBy(insideTransaction.name)) throw new NestedTransaction();
    return turns.run('transaction', async () => {
      const writes: SignalDataSet = {};
      staged = writes;
      try {
        await forgetting;
        const result = await insideTransaction(work);
        await keep(writes, records, held);
        return result;
      } finally {
        staged = null;
      }
    });
  };
}

/** Writes what waited for the end of a transaction, and who was given the key of a group as the last. */
async function keep(
  writes: SignalDataSet,
  records: SignalKeyStore,
  held: () => Promise<void> | null,
): Promise<void> {
  const news = await newHolders(writes['sender-key-memory'] ?? {}, records);
  if (Object.keys(news).length > 0) await held();
  // Looked up after the wait: some may have been forgotten meanwhile.
  const { 'sender-key-memory': memory = {}, ...others } = writes;
  const kept = Object.fromEntries(Object.entries(news).filter(([group]) => memory[group]));
  const all = Object.keys(kept).length > 0 ? { ...others, 'sender-key-memory': kept } : others;
  if (Object.keys(all).length > 0) await records.set(all);
}

/** The library writes the devices that hold its key for a group with every message to it. */
async function newHolders(memory: Memory, records: SignalKeyStore): Promise<Memory> {
  const groups = Object.keys(memory);
  if (groups.length === 0) return {};
  const stored = await records.get('sender-key-memory', groups);
  const isNew = ([group, holders]: [string, Holders]) => {
    const before = stored[group];
    if (!holders || !before) return !!holders;
    return Object.keys({ ...before, ...holders }).length !== Object.keys(before).length;
  };
  return Object.fromEntries(Object.entries(memory).filter(isNew));
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

/**
 * Adds to `staged` what waits for the end of a transaction, and answers what is to be written at once. What
 * is forgotten stays so until that end.
 */
function stage(staged: SignalDataSet, data: SignalDataSet): SignalDataSet {
  const atOnce: SignalDataSet = {};
  const before = forgottenIn(staged);
  for (const [type, values] of Object.entries(data)) {
    const target = STAGED.has(type) ? staged : atOnce;
    Object.assign(target, { [type]: { ...target[type as Type], ...values } });
  }
  Object.assign(staged['sender-key-memory'] ?? {}, before);
  const forgotten = forgottenIn(data);
  return forgotten ? { ...atOnce, 'sender-key-memory': forgotten } : atOnce;
}

/** The groups of which it is forgotten who has their key; null when there are none. */
function forgottenIn({ 'sender-key-memory': memory = {} }: SignalDataSet): Memory | null {
  const forgotten = Object.entries(memory).filter(([, holders]) => !holders);
  return forgotten.length > 0 ? Object.fromEntries(forgotten) : null;
}
