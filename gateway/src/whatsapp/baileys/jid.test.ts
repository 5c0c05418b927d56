import { expect, it } from 'vitest';
import { bareJid, signalAddress } from './jid.ts';
import { inAddressing } from './outgoing-addresses.ts';

it('strips devices and hosted servers from addresses', () => {
  expect(bareJid('1:5@s.whatsapp.net')).toBe('1@s.whatsapp.net');
  expect(bareJid('1:99@hosted')).toBe('1@s.whatsapp.net');
  expect(bareJid('2:99@hosted.lid')).toBe('2@lid');
  expect(bareJid('1-2@g.us')).toBe('1-2@g.us');
  expect(bareJid(undefined)).toBeNull();
  expect(signalAddress('2:5@lid')).toEqual({ name: '2_1', device: 5 });
  expect(() => signalAddress('1:99@s.whatsapp.net')).toThrow('hosted');
});

it('names people as the chat names them', () => {
  const target = {
    messageId: 'A',
    chatId: '1@g.us',
    fromMe: false,
    participant: '15550002@s.whatsapp.net',
    participantAlt: '222@lid',
  };
  const reaction = { type: 'reaction', target, emoji: '👍' } as const;
  expect(inAddressing(reaction, 'lid')).toMatchObject({ target: { participant: '222@lid' } });
  expect(inAddressing(reaction, 'pn')).toMatchObject({
    target: { participant: target.participant },
  });
  const quoted = { messageId: 'A', participant: '222@lid', participantAlt: '1@s.whatsapp.net' };
  const answer = { type: 'text', text: 'x', context: { quoted } } as const;
  expect(inAddressing(answer, 'pn').context?.quoted?.participant).toBe('1@s.whatsapp.net');
});
