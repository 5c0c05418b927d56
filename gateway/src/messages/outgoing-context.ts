import { lidAddress, phoneAddress } from '../contacts/address.ts';
import { parseRecipient } from '../contacts/recipient.ts';
import { Problem } from '../kernel/errors.ts';
import type { OutgoingContext, QuotedTarget } from '../whatsapp/content.ts';
import type { SendOptions } from './catalogue/options.ts';

/** The context of a message; null fields: there is none. */
export interface ComposedContext {
  readonly fields: OutgoingContext | null;
  /** The addresses mentioned. */
  readonly mentions: readonly string[];
}

/** Puts together what goes beside the body. Throws `invalid_recipient` for a mention of nobody. */
export function contextOf(options: SendOptions, quoted: QuotedTarget | null): ComposedContext {
  const mentions = options.mentions.map(mentioned);
  const fields: OutgoingContext = {
    ...(quoted === null ? {} : { quoted }),
    ...(mentions.length === 0 ? {} : { mentions }),
    ...(options.mentionAll ? { mentionAll: true } : {}),
    ...(options.forwarded ? { forwarded: true } : {}),
    ...(options.ephemeralSeconds === null ? {} : { expirationSeconds: options.ephemeralSeconds }),
  };
  return { fields: Object.keys(fields).length === 0 ? null : fields, mentions };
}

/** Mentions are not asked of WhatsApp: a number that nobody has is shown as plain text. */
function mentioned(input: string, index: number): string {
  const recipient = parseRecipient(input);
  switch (recipient.kind) {
    case 'phone':
      return phoneAddress(recipient.phone);
    case 'lid':
      return lidAddress(recipient.lid);
    case 'invalid':
      throw notAPerson(recipient.reason, index);
    case 'group':
    case 'newsletter':
    case 'status':
      throw notAPerson('Only people can be mentioned, or "all".', index);
  }
}

function notAPerson(reason: string, index: number): Problem {
  return new Problem('invalid_recipient', reason, [
    { field: `/mentions/${index}`, message: reason },
  ]);
}
