import type { BinaryNode } from 'baileys';
import { describe, expect, it } from 'vitest';
import { lookupQuery, readLookup } from './lookup.ts';

describe('number lookups', () => {
  const user = (jid: string, type: string, asked?: string, lid?: string): BinaryNode => ({
    tag: 'user',
    attrs: { jid },
    content: [
      { tag: 'contact', attrs: { type }, ...(asked ? { content: Buffer.from(asked) } : {}) },
      ...(lid ? [{ tag: 'lid', attrs: { val: lid } }] : []),
    ],
  });
  const reply = (users: BinaryNode[]): BinaryNode => ({
    tag: 'iq',
    attrs: {},
    content: [{ tag: 'usync', attrs: {}, content: [{ tag: 'list', attrs: {}, content: users }] }],
  });

  it('match answers to numbers, also when WhatsApp knows another form', () => {
    const answer = reply([
      user('551187654321@s.whatsapp.net', 'in', '+5511987654321', '9@lid'),
      user('15550002@s.whatsapp.net', 'out', '+15550002'),
    ]);
    expect(readLookup(['15550002', '5511987654321', '15550003'], answer)).toEqual([
      { phone: '15550002', exists: false, chatId: null, lid: null },
      {
        phone: '5511987654321',
        exists: true,
        chatId: '551187654321@s.whatsapp.net',
        lid: '9@lid',
      },
      { phone: '15550003', exists: false, chatId: null, lid: null },
    ]);
  });

  it('go by order when the server does not repeat the numbers', () => {
    const answer = reply([user('1@s.whatsapp.net', 'in'), user('2@s.whatsapp.net', 'out')]);
    expect(readLookup(['1', '2'], answer).map(({ exists }) => exists)).toEqual([true, false]);
    expect(JSON.stringify(lookupQuery(['1'], 'sid'))).toContain('+1');
  });
});
