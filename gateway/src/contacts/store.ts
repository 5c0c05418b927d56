import type { EventBatch } from '../events/store.ts';
import type { SessionKey } from '../sessions/store.ts';

/**
 * One person under both names that WhatsApp knows: `phone` is the number's digits, `lid` the digits of
 * the hidden id (`<lid>@lid`). Neither carries a device part or a domain.
 */
export interface IdentityPair {
  readonly phone: string;
  readonly lid: string;
}

/** Who is who, per session: fed by every message, lookup and mapping that names both forms. */
export interface IdentityStore {
  /** The number behind a LID; null while it is unknown. */
  phoneFor(key: SessionKey, lid: string): Promise<string | null>;
  /** The LID behind a number; null while it is unknown. */
  lidFor(key: SessionKey, phone: string): Promise<string | null>;
  /**
   * Keeps the pairs. A LID belongs to one phone and a phone to one LID: what a pair contradicts is
   * replaced, the newest wins (people change numbers). Answers those pairs that were not known before.
   *
   * A chat that began under the LID becomes the chat of the phone: its messages, queue and contacts,
   * and the person's place on the opt-out list. When this resolves it is one chat to every reader.
   *
   * `report` makes the events for those LIDs under which messages were shown and whose phone is known
   * for the first time, ever; they are written in the transaction that keeps the pairs.
   */
  learn(
    key: SessionKey,
    pairs: readonly IdentityPair[],
    report?: (resolved: readonly IdentityPair[]) => EventBatch,
  ): Promise<IdentityPair[]>;
}

/** What WhatsApp answered when it was asked about a number. */
export interface KnownNumber {
  /** As asked, digits only. */
  readonly phone: string;
  /** The address to send to (WhatsApp's own spelling of the number); null: nobody has this number. */
  readonly chatId: string | null;
  /** `<digits>@lid` when the answer carried it. */
  readonly lid: string | null;
  readonly checkedAtMs: number;
}

/** Answers to number checks that outlive a restart, per session. */
export interface NumberStore {
  /** Those of `phones` that were asked about before, however long ago, by phone. */
  recall(key: SessionKey, phones: readonly string[]): Promise<Map<string, KnownNumber>>;
  /** Keeps answers, each replacing an older one for the same phone. */
  remember(key: SessionKey, numbers: readonly KnownNumber[]): Promise<void>;
}
