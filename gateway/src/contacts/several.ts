import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import { explained } from './asking.ts';
import type { Person } from './person.ts';
import { parseRecipient } from './recipient.ts';
import type { Recipients } from './recipients.ts';

/** Somebody who was named in a list. */
export type Named =
  | { readonly input: string; readonly person: Person }
  /** Nobody on WhatsApp has the number. */
  | { readonly input: string; readonly person: null };

/**
 * Finds the people of a list in any form of number, WhatsApp being asked about all unknown ones at once.
 * Throws `invalid_recipient`, pointing at the item, for what names no person, and
 * `whatsapp_unreachable` when WhatsApp has to be asked and cannot be.
 */
export async function findPeople(
  recipients: Recipients,
  key: SessionKey,
  inputs: readonly string[],
  field: string,
): Promise<Named[]> {
  const parsed = inputs.map((input, at) => {
    const recipient = parseRecipient(input);
    if (recipient.kind === 'phone' || recipient.kind === 'lid') return recipient;
    const reason = recipient.kind === 'invalid' ? recipient.reason : 'It is not a person.';
    throw new Problem('invalid_recipient', `${field}/${at}: ${reason}`, [
      { field: `${field}/${at}`, message: reason },
    ]);
  });
  const phones = parsed.flatMap((one) => (one.kind === 'phone' ? [one.phone] : []));
  const known = await recipients.check(key, phones).catch((error: unknown) => {
    throw explained(error);
  });
  const missing = new Set(known.filter(({ chatId }) => chatId === null).map(({ phone }) => phone));
  const found: Named[] = [];
  for (const [at, input] of inputs.entries()) {
    const one = parsed[at];
    const isMissing = one?.kind === 'phone' && missing.has(one.phone);
    found.push({ input, person: isMissing ? null : await recipients.resolve(key, input) });
  }
  return found;
}
