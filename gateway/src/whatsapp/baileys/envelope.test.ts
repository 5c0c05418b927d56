import type { BinaryNode } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope } from './envelope.ts';

const own = { phoneJid: '15550001@s.whatsapp.net', lid: '111@lid' };
const stanza = (attrs: Record<string, string>, content: BinaryNode[] = []): BinaryNode => ({
  tag: 'message',
  attrs: { id: 'A', t: '1700000000', ...attrs },
  content,
});

describe('what a stanza says', () => {
  it('knows chat and author by number and by LID', () => {
    const from = '15550002:4@s.whatsapp.net';
    expect(readEnvelope(stanza({ from, sender_lid: '222@lid', notify: 'Ann' }), own)).toEqual({
      messageId: 'A',
      chat: '15550002@s.whatsapp.net',
      chatAlt: '222@lid',
      participant: null,
      participantAlt: null,
      fromMe: false,
      author: from,
      pushName: 'Ann',
      timestampMs: 1_700_000_000_000,
      delayed: false,
      category: null,
    });
    const byLid = stanza({ from: '222@lid', sender_pn: '15550002@s.whatsapp.net', offline: '0' });
    expect(readEnvelope(byLid, own)).toMatchObject({
      chat: '222@lid',
      chatAlt: '15550002@s.whatsapp.net',
      delayed: true,
    });
  });

  it('files what our other devices sent under the receiver', () => {
    const sent = stanza({
      from: '111:0@lid',
      recipient: '222@lid',
      peer_recipient_pn: '15550002@s.whatsapp.net',
      sender_pn: '15550001@s.whatsapp.net',
    });
    expect(readEnvelope(sent, own)).toMatchObject({
      fromMe: true,
      chat: '222@lid',
      chatAlt: '15550002@s.whatsapp.net',
    });
  });

  it('knows the author in groups', () => {
    const inGroup = stanza({
      from: '123@g.us',
      participant: '222:7@lid',
      participant_pn: '15550002@s.whatsapp.net',
    });
    expect(readEnvelope(inGroup, own)).toMatchObject({
      chat: '123@g.us',
      chatAlt: null,
      participant: '222@lid',
      participantAlt: '15550002@s.whatsapp.net',
      fromMe: false,
    });
    expect(readEnvelope(stanza({ from: '123@g.us' }), own)).toBeNull();
  });

  it('never throws', () => {
    const attrs = fc.dictionary(
      fc.constantFrom('id', 'from', 'participant', 'recipient', 't', 'sender_lid', 'offline'),
      fc.oneof(fc.string(), fc.constantFrom('1@g.us', '2@lid', '3:1@s.whatsapp.net', '@')),
    );
    fc.assert(
      fc.property(attrs, (some) => {
        const envelope = readEnvelope({ tag: 'message', attrs: some }, own);
        expect(envelope === null || envelope.chat.length > 0).toBe(true);
      }),
    );
  });
});
