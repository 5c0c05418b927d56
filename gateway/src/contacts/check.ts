import type { SessionKey } from '../sessions/store.ts';
import { phoneOf } from './address.ts';
import { parseRecipient } from './recipient.ts';
import type { Recipients } from './recipients.ts';

/** What is known about a number that somebody asked for. */
export interface CheckedNumber {
  readonly input: string;
  readonly exists: boolean;
  /** Where to write to; null: nobody has the number. */
  readonly chatId: string | null;
  /** WhatsApp's own spelling of the number, digits. */
  readonly phone: string | null;
  /** `<digits>@lid`. */
  readonly lid: string | null;
  /** Why it is no number at all; null when it is one. */
  readonly error: string | null;
}

/** Checks numbers in any form, in the order given. Rejects with `NotConnected` when WhatsApp must be asked. */
export async function checkNumbers(
  recipients: Pick<Recipients, 'check'>,
  key: SessionKey,
  inputs: readonly string[],
): Promise<CheckedNumber[]> {
  const parsed = inputs.map((input) => ({ input, recipient: parseRecipient(input) }));
  const phones = parsed.flatMap(({ recipient }) =>
    recipient.kind === 'phone' ? [recipient.phone] : [],
  );
  const known = phones.length === 0 ? [] : await recipients.check(key, phones);
  const answers = new Map(phones.map((phone, i) => [phone, known[i]]));
  return parsed.map(({ input, recipient }) => {
    if (recipient.kind !== 'phone') {
      const error = recipient.kind === 'invalid' ? recipient.reason : 'It is not a phone number.';
      return { input, exists: false, chatId: null, phone: null, lid: null, error };
    }
    const answer = answers.get(recipient.phone);
    const chatId = answer?.chatId ?? null;
    return {
      input,
      exists: chatId !== null,
      chatId,
      phone: phoneOf(chatId),
      lid: answer?.lid ?? null,
      error: null,
    };
  });
}
