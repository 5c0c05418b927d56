/** E.164: a country code and subscriber number together have at most 15 digits; none has fewer than 7. */
const PHONE_DIGITS = { min: 7, max: 15 };

/** Nothing that can be addressed is longer; what is longer is not even looked at. */
const MAX_INPUT_LENGTH = 64;

/** What people put between digits, and the invisible direction marks that come along when copying. */
const FORMATTING = /[\s().\-/\u2010-\u2015\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A user part with the linked device it may carry: `5511999999999:12`, or the older `..._1:12`. */
const WITH_DEVICE = /^(\d+)(?:_\d{1,3})?(?::\d{1,5})?$/;

/** Old groups are named `<creator>-<time>`, new ones by one long number. */
const GROUP = /^\d{5,20}(?:-\d{5,20})?$/;

const OPAQUE_ID = /^\d{3,20}$/;

/** Whom a message goes to, as far as the text alone tells. */
export type Recipient =
  /** A phone number; only WhatsApp knows the address it goes by (see `createRecipients`). */
  | { readonly kind: 'phone'; readonly phone: string }
  | { readonly kind: 'lid'; readonly lid: string; readonly chatId: string }
  | { readonly kind: 'group'; readonly chatId: string }
  | { readonly kind: 'newsletter'; readonly chatId: string }
  | { readonly kind: 'status'; readonly chatId: 'status@broadcast' };

/** Why a text names nobody; `reason` is a sentence for people that says what to write instead. */
export interface NotARecipient {
  readonly kind: 'invalid';
  readonly reason: string;
}

/**
 * Reads `to`: digits, +E.164, formatted numbers such as `+55 (11) 99999-9999`, and the addresses
 * `@s.whatsapp.net`, `@c.us`, `@lid`, `@g.us`, `@newsletter` and `status@broadcast`. Device parts are
 * dropped. Pure: it never adds, removes or guesses a digit.
 */
export function parseRecipient(input: string): Recipient | NotARecipient {
  const text = input.trim();
  if (text === '') return invalid('It is empty: give a phone number with country code.');
  if (text.length > MAX_INPUT_LENGTH) {
    return invalid(`It is longer than ${MAX_INPUT_LENGTH} characters: give one number or address.`);
  }
  const at = text.indexOf('@');
  return at === -1
    ? phone(text.replace(FORMATTING, ''))
    : address(text.slice(0, at), text.slice(at + 1).toLowerCase());
}

function address(user: string, domain: string): Recipient | NotARecipient {
  switch (domain) {
    case 's.whatsapp.net':
    case 'c.us': {
      const digits = WITH_DEVICE.exec(user)?.[1];
      return digits === undefined
        ? invalid('The part before @ is not a phone number in digits.')
        : phone(digits);
    }
    case 'lid': {
      const lid = WITH_DEVICE.exec(user)?.[1];
      return lid !== undefined && OPAQUE_ID.test(lid)
        ? { kind: 'lid', lid, chatId: `${lid}@lid` }
        : invalid('The part before @lid is not an id in digits.');
    }
    case 'g.us':
      return GROUP.test(user)
        ? { kind: 'group', chatId: `${user}@g.us` }
        : invalid('The part before @g.us is not a group id.');
    case 'newsletter':
      return OPAQUE_ID.test(user)
        ? { kind: 'newsletter', chatId: `${user}@newsletter` }
        : invalid('The part before @newsletter is not a channel id in digits.');
    case 'broadcast':
      return user.toLowerCase() === 'status'
        ? { kind: 'status', chatId: 'status@broadcast' }
        : invalid('Of broadcast addresses only status@broadcast can be sent to.');
    default:
      return invalid(
        'The address ends in none of @s.whatsapp.net, @c.us, @lid, @g.us, @newsletter, @broadcast.',
      );
  }
}

function phone(text: string): Recipient | NotARecipient {
  const digits = text.startsWith('+') ? text.slice(1) : text;
  if (!/^\d+$/.test(digits)) {
    return invalid(
      'It is not a phone number: use digits with country code, such as 5511999999999.',
    );
  }
  if (digits.startsWith('0')) {
    return invalid('It starts with 0: leave out leading zeros and begin with the country code.');
  }
  if (digits.length < PHONE_DIGITS.min || digits.length > PHONE_DIGITS.max) {
    return invalid(
      `A phone number with country code has ${PHONE_DIGITS.min} to ${PHONE_DIGITS.max} digits; this has ${digits.length}.`,
    );
  }
  return { kind: 'phone', phone: digits };
}

const invalid = (reason: string): NotARecipient => ({ kind: 'invalid', reason });
