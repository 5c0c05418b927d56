import { z } from 'zod';
import type { KnownMessage, PhoneRecords } from '../phone/records.ts';
import type { Simulator } from '../simulator.ts';
import { person } from './contract/pieces.ts';
import { textOfMessage } from './describe.ts';

/** Which messages of a phone are meant; all conditions must hold. */
export const messageFilter = z.object({
  chat: person.optional().describe('Digits, an address, a group or status@broadcast'),
  from: person.optional().describe('Who wrote it'),
  fromMe: z.stringbool().optional().describe('Sent by this account, or not'),
  type: z.string().max(50).optional().describe('Kind of content'),
  text: z.string().max(65_536).optional().describe('The whole text'),
  contains: z.string().max(65_536).optional().describe('A part of the text'),
  after: z.coerce.number().int().optional().describe('Only with a greater `order`'),
});

/** All that a phone remembers, in the order in which it saw it. */
export function messagesOf(records: PhoneRecords): KnownMessage[] {
  return [...records.received, ...records.sent].sort(
    (one, other) => records.orderOf(one) - records.orderOf(other),
  );
}

export function matchMessage(
  simulator: Simulator,
  records: PhoneRecords,
  message: KnownMessage,
  filter: z.output<typeof messageFilter>,
): boolean {
  const { chat, from, fromMe, type, text, contains, after } = filter;
  const isOwn = !('sender' in message) || message.fromMe;
  const words = textOfMessage(message);
  return (
    (after === undefined || records.orderOf(message) > after) &&
    (chat === undefined || message.chat === canonical(simulator, chat)) &&
    (from === undefined || (!isOwn && message.sender === canonical(simulator, from))) &&
    (fromMe === undefined || fromMe === isOwn) &&
    (type === undefined || message.content.type === type) &&
    (text === undefined || words === text) &&
    (contains === undefined || words.includes(contains))
  );
}

/** People are filed under their number, whatever address is given. */
export function canonical({ accounts }: Simulator, chat: string): string {
  return accounts.find(chat)?.jid ?? chat;
}
