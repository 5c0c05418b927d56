import type { BinaryNode } from 'baileys';
import type { Lookup } from '../port.ts';
import { bareJid } from './jid.ts';
import { child, children, textOf } from './node-reading.ts';

/** Numbers per question; WhatsApp's own clients stay below this as well. */
export const LOOKUP_CHUNK = 50;

/**
 * The `usync` question whether numbers are on WhatsApp, with their LIDs. The library's `onWhatsApp` does
 * not tell which answer belongs to which number, and WhatsApp may know a number under another form (a
 * Brazilian mobile without its ninth digit); the answer repeats the number as it was asked.
 */
export function lookupQuery(phones: readonly string[], sid: string): BinaryNode {
  return {
    tag: 'iq',
    attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'usync' },
    content: [
      {
        tag: 'usync',
        attrs: { context: 'interactive', mode: 'query', sid, last: 'true', index: '0' },
        content: [
          {
            tag: 'query',
            attrs: {},
            content: [
              { tag: 'contact', attrs: {} },
              { tag: 'lid', attrs: {} },
            ],
          },
          {
            tag: 'list',
            attrs: {},
            content: phones.map((phone) => ({
              tag: 'user',
              attrs: {},
              content: [{ tag: 'contact', attrs: {}, content: `+${phone}` }],
            })),
          },
        ],
      },
    ],
  };
}

/** One answer per number asked, in that order; a number without an answer does not exist. */
export function readLookup(phones: readonly string[], reply: BinaryNode): Lookup[] {
  const users = children(child(child(reply, 'usync'), 'list'), 'user');
  const byPhone = new Map<string, BinaryNode>();
  for (const [index, user] of users.entries()) {
    const asked = digits(textOf(child(user, 'contact')));
    // Servers that do not repeat the number answer in the order of the question.
    const phone = asked || (users.length === phones.length ? phones[index] : '') || '';
    if (phone) byPhone.set(phone, user);
  }
  return phones.map((phone) => answerFor(phone, byPhone.get(phone)));
}

function answerFor(phone: string, user: BinaryNode | undefined): Lookup {
  const exists = !!user && child(user, 'contact')?.attrs.type === 'in';
  const chatId = exists ? bareJid(user.attrs.jid) : null;
  const lid = exists ? bareJid(child(user, 'lid')?.attrs.val) : null;
  return { phone, exists: !!chatId, chatId, lid };
}

function digits(text: string): string {
  return text.replace(/\D/g, '');
}
