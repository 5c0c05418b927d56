import { phoneAddress } from '../contacts/address.ts';
import { parseRecipient } from '../contacts/recipient.ts';
import type { Values } from '../messages/templates/template.ts';
import type { Fault } from './store.ts';

/** As many as one bulk send takes. */
export const MAX_RECIPIENTS = 10_000;

/** A recipient as a request names it. */
export interface ListEntry {
  readonly to: string;
  readonly variables: Values;
  /** Its line in the table; absent where it came as JSON. */
  readonly line?: number;
}

/** A recipient that was looked at as far as the text alone tells. */
export interface Listed extends ListEntry {
  /** From 1, in the order of the list. */
  readonly position: number;
  /** The address as written; WhatsApp may spell a number otherwise. Null when it names nobody. */
  readonly chatId: string | null;
  readonly fault: Fault | null;
}

/**
 * Finds what can be known to be wrong before anything is sent: recipients that name nobody, that were
 * named before, or that lack one of the variables in `places`. Pure, and in the order of the list; of
 * equal recipients the first counts.
 */
export function readList(entries: readonly ListEntry[], places: readonly string[]): Listed[] {
  const firstOf = new Map<string, number>();
  return entries.map((entry, index) => {
    const position = index + 1;
    const listed = (chatId: string | null, fault: Fault | null) => ({
      ...entry,
      position,
      chatId,
      fault,
    });
    const recipient = parseRecipient(entry.to);
    if (recipient.kind === 'invalid') {
      return listed(null, { code: 'invalid_recipient', reason: recipient.reason });
    }
    const chatId = recipient.kind === 'phone' ? phoneAddress(recipient.phone) : recipient.chatId;
    const first = firstOf.get(chatId);
    if (first !== undefined) {
      return listed(chatId, {
        code: 'duplicate_recipient',
        reason: `The same as recipient ${first}.`,
      });
    }
    const missing = places.filter((name) => !Object.hasOwn(entry.variables, name));
    if (missing.length > 0) {
      return listed(chatId, {
        code: 'template_variables',
        reason: `Has no value for ${missing.join(', ')}.`,
      });
    }
    firstOf.set(chatId, position);
    return listed(chatId, null);
  });
}
