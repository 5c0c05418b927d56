import { proto } from 'baileys';
import { describe, expect, it } from 'vitest';
import type { Envelope } from './envelope.ts';
import { openPayload, wireMessages } from './wire-message.ts';

const envelope: Envelope = {
  messageId: 'A1',
  chat: '15550002@s.whatsapp.net',
  chatAlt: null,
  participant: null,
  participantAlt: null,
  author: '15550002@s.whatsapp.net',
  category: null,
  fromMe: false,
  pushName: null,
  timestampMs: 1_700_000_000_000,
  delayed: false,
};
const contentsOf = (bytes: Uint8Array) =>
  wireMessages(openPayload(bytes), envelope, 0).map(({ content }) => content);

/** Field 9999, length-delimited, two bytes: newer than any schema. */
const UNKNOWN_FIELD = Uint8Array.of(0xfa, 0xf0, 0x04, 0x02, 0x68, 0x69);
const encode = (message: proto.IMessage) => proto.Message.encode(message).finish();

describe('wireMessages', () => {
  it('hands over what people wrote', () => {
    expect(contentsOf(encode({ conversation: 'hi' }))).toEqual([{ conversation: 'hi' }]);
  });

  it('hands over a message whose only field is newer than the library', () => {
    expect(contentsOf(UNKNOWN_FIELD)).toEqual([{}]);
    const withContext = encode({ messageContextInfo: { messageSecret: new Uint8Array(32) } });
    expect(contentsOf(Buffer.concat([withContext, UNKNOWN_FIELD]))).toHaveLength(1);
  });

  it('keeps keys and notes between clients to itself, also with newer fields in them', () => {
    const key = encode({ senderKeyDistributionMessage: { groupId: '1@g.us' } });
    expect(contentsOf(Buffer.concat([key, UNKNOWN_FIELD]))).toEqual([]);
    const { Type } = proto.Message.ProtocolMessage;
    const note = encode({ protocolMessage: { type: Type.APP_STATE_SYNC_KEY_SHARE } });
    expect(contentsOf(Buffer.concat([note, UNKNOWN_FIELD]))).toEqual([]);
    expect(contentsOf(new Uint8Array(0))).toEqual([]);
  });
});
