import { lidAddress, phoneAddress } from '../contacts/address.ts';
import { parseRecipient } from '../contacts/recipient.ts';
import { Problem } from '../kernel/errors.ts';
import type { OutgoingStatus } from '../whatsapp/content.ts';
import type { SendOptions } from './catalogue/options.ts';
import type { MessageRecord } from './store.ts';

/** Where status posts go to. */
export const STATUS_CHAT = 'status@broadcast';

/**
 * What makes a message a status post; null when it goes elsewhere. Throws `missing_field` for a post that
 * nobody would see, `invalid_recipient` for somebody who is nobody, and `invalid_request` for a message
 * that is no post.
 */
export function statusOf({ status }: SendOptions, chatId: string): OutgoingStatus | null {
  if (chatId !== STATUS_CHAT) {
    if (status === null) return null;
    throw wrong('invalid_request', '/status', `Is only for posts to ${STATUS_CHAT}`);
  }
  if (status === null) {
    throw wrong('missing_field', '/status/recipients', 'Say who is to see the post');
  }
  const { background, font } = status;
  return {
    audience: [...new Set(status.recipients.map(viewer))],
    ...(background === undefined ? {} : { backgroundArgb: opaque(background) }),
    ...(font === undefined ? {} : { font }),
  };
}

/** Deleting a post tells those who were shown it; null for other messages. */
export function audienceOf({ data }: MessageRecord): OutgoingStatus | null {
  const { audience } = data;
  return Array.isArray(audience) ? { audience: audience as string[] } : null;
}

const opaque = (colour: string): number => 0xff000000 + Number.parseInt(colour.slice(1), 16);

/** Viewers are not asked of WhatsApp: a number that nobody has sees nothing. */
function viewer(input: string, index: number): string {
  const recipient = parseRecipient(input);
  if (recipient.kind === 'phone') return phoneAddress(recipient.phone);
  if (recipient.kind === 'lid') return lidAddress(recipient.lid);
  const why = recipient.kind === 'invalid' ? recipient.reason : 'Only people can see a post.';
  throw wrong('invalid_recipient', `/status/recipients/${index}`, why);
}

function wrong(
  code: 'invalid_request' | 'invalid_recipient' | 'missing_field',
  field: string,
  message: string,
): Problem {
  return new Problem(code, `${field}: ${message}.`.replace('..', '.'), [{ field, message }]);
}
