import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WireContent } from '../../whatsapp/port.ts';
import { lidsIn, normalise } from './normalise.ts';
import { own, wireMessage } from './wire-fixture.ts';

/** The payload of what must be a message. */
function payload(content: WireContent) {
  const result = normalise(wireMessage(content), own);
  if (result.kind !== 'message') throw new Error(`expected a message, got ${result.kind}`);
  return result.payload;
}

describe('hostile input', () => {
  const names = fc.constantFrom(
    'conversation',
    'extendedTextMessage',
    'imageMessage',
    'protocolMessage',
    'editedMessage',
    'message',
    'viewOnceMessage',
    'deviceSentMessage',
    'contextInfo',
    'quotedMessage',
    'mentionedJid',
    'key',
    'id',
    'participant',
    'type',
    'text',
    'caption',
    'reactionMessage',
    'pollUpdateMessage',
    'vote',
    'encReactionMessage',
    'encCommentMessage',
    'secretEncryptedMessage',
    'secretEncType',
    'targetMessageKey',
    'encPayload',
    'encIv',
    'contacts',
    'contactsArrayMessage',
    'vcard',
    'templateMessage',
    'hydratedTemplate',
    'hydratedButtons',
    'sections',
    'listMessage',
    'interactiveMessage',
    'nativeFlowMessage',
    'buttons',
    'buttonParamsJson',
    'stanzaId',
    '__proto__',
    'toString',
    'fileLength',
    'externalAdReply',
    'noteMessage',
    'requestPaymentMessage',
  );
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 7 },
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.double(),
        fc.boolean(),
        fc.uint8Array({ maxLength: 8 }),
        fc.constantFrom(null, undefined, 0, 14, 10n),
      ),
      fc.dictionary(names, tie('node'), { maxKeys: 4 }),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  }));
  const content = fc.dictionary(names, node, { minKeys: 1, maxKeys: 3 });
  const address = fc.oneof(
    fc.string(),
    fc.constantFrom('1@lid', '1:2@s.whatsapp.net', 'x@g.us', '@', ''),
  );

  it('never makes the normaliser throw, and every payload is JSON with the fixed fields', () => {
    fc.assert(
      fc.property(
        content,
        address,
        fc.option(address),
        fc.boolean(),
        (tree, chat, participant, fromMe) => {
          const wire = wireMessage(tree, { chat, participant, fromMe });
          const result = normalise(wire, own);
          const shown =
            'payload' in result ? result.payload : 'envelope' in result ? result.envelope : null;
          expect(JSON.parse(JSON.stringify(shown ?? { text: '', from: '' }))).toMatchObject({
            text: expect.any(String),
            from: expect.any(String),
          });
          expect(lidsIn(wire, own)).toBeInstanceOf(Array);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('stops at its own depth and sizes', () => {
    let deep: WireContent = { conversation: 'x' };
    for (let i = 0; i < 10_000; i++) deep = { ephemeralMessage: { message: deep } };
    expect(payload(deep)).toMatchObject({ type: 'unsupported', rawType: 'ephemeralMessage' });
    const long = 'x'.repeat(1_000_000);
    expect(payload({ conversation: long }).text).toHaveLength(65_536);
    const mentionedJid = Array.from({ length: 5_000 }, (_, i) => `${i}@lid`);
    const crowd = { extendedTextMessage: { text: long, contextInfo: { mentionedJid } } };
    expect(payload(crowd).mentions).toHaveLength(1_024);
  });
});
