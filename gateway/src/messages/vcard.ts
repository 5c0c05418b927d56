import type { OutgoingCard } from '../whatsapp/content.ts';
import type { ContactCard } from './catalogue/content.ts';

/** RFC 2426: lines of at most 75 octets, continued by a leading space. */
const MAX_OCTETS = 75;

/** Makes the card that is sent; a finished vCard only gets its line ends put right. */
export function vcardOf(card: ContactCard): OutgoingCard {
  if (card.kind === 'vcard') {
    const lines = card.vcard.trim().split(/\r\n|\r|\n/);
    return { displayName: card.displayName, vcard: lines.join('\r\n') };
  }
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `N:;${escape(card.displayName)};;;`,
    `FN:${escape(card.displayName)}`,
    ...(card.organization === null ? [] : [`ORG:${escape(card.organization)}`]),
    ...card.phones.map(phoneLine),
    ...(card.email === null ? [] : [`EMAIL;type=INTERNET:${escape(card.email)}`]),
    'END:VCARD',
  ];
  return { displayName: card.displayName, vcard: lines.map(fold).join('\r\n') };
}

/** `waid` makes clients offer a chat: the number as WhatsApp addresses it. */
function phoneLine(phone: string): string {
  const digits = phone.replace(/\D/g, '');
  return `TEL;type=CELL;type=VOICE;waid=${digits}:+${digits}`;
}

/** RFC 2426, section 4: what separates values and lines inside one. */
const escape = (text: string): string =>
  text.replace(/[\\;,]/g, '\\$&').replace(/\r\n|\r|\n/g, '\\n');

/** Folds between characters, never inside one. */
function fold(line: string): string {
  let folded = '';
  let octets = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (octets + size > MAX_OCTETS) {
      folded += '\r\n ';
      octets = 1;
    }
    folded += character;
    octets += size;
  }
  return folded;
}
