import type { DecryptionFailure } from '../whatsapp/port.ts';

/** How many payloads could not be decrypted, by why. */
export type Undecryptable = Readonly<Record<DecryptionFailure, number>>;

/** None of any kind. */
export const NONE_UNDECRYPTABLE: Undecryptable = { no_session: 0, undecryptable: 0 };

/** One more. */
export const oneMore = (counts: Undecryptable, failure: DecryptionFailure): Undecryptable => ({
  ...counts,
  [failure]: counts[failure] + 1,
});

/** Of all kinds together. */
export const totalOf = (counts: Undecryptable): number => counts.no_session + counts.undecryptable;
