import { proto } from 'baileys';
import { describe, expect, it } from 'vitest';
import { messageCodec } from './codec.ts';

const mediaKey = Buffer.alloc(32, 7);
const medium = { mediaKey, directPath: '/old', caption: 'Look', fileLength: 5 };
const quotedMessage = { imageMessage: { mediaKey: Buffer.alloc(32, 8), directPath: '/quoted' } };

describe('relocate', () => {
  it.each([
    { imageMessage: medium },
    { ptvMessage: { ...medium, contextInfo: { quotedMessage } } },
    { viewOnceMessageV2: { message: { videoMessage: medium } } },
    {
      messageContextInfo: { messageSecret: Buffer.alloc(32) },
      ephemeralMessage: {
        message: { documentWithCaptionMessage: { message: { documentMessage: medium } } },
      },
    },
  ] satisfies proto.IMessage[])('changes the path and nothing else: %#', (message) => {
    const encoded = proto.Message.encode(message).finish();
    const moved = messageCodec.relocate(encoded, mediaKey, '/new');
    const text = JSON.stringify(proto.Message.decode(moved ?? Buffer.alloc(0)));
    expect(text).toContain('"directPath":"/new"');
    expect(text.replace('"/new"', '"/old"')).toBe(JSON.stringify(proto.Message.decode(encoded)));
  });

  it('finds no medium of another key, nor one that is only quoted', () => {
    const encoded = proto.Message.encode({
      extendedTextMessage: { text: 'see above', contextInfo: { quotedMessage } },
    }).finish();
    expect(messageCodec.relocate(encoded, mediaKey, '/new')).toBeNull();
    expect(messageCodec.relocate(encoded, Buffer.alloc(32, 8), '/new')).toBeNull();
  });
});
