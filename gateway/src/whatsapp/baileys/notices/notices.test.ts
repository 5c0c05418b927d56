import type { BinaryNode } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCall } from './call.ts';
import { readGroupNotice } from './group.ts';
import { readContactNotice, readPresence } from './person.ts';
import { readPlaceholder, unreadableNotice } from './unreadable.ts';

const NOW = 1_700_000_000_000;
const OWN = { phoneJid: '15550001@s.whatsapp.net', lid: '900@lid' };
const JOHN = '15550002@s.whatsapp.net';

const readers = [
  (stanza: BinaryNode) => readCall(stanza, NOW),
  (stanza: BinaryNode) => readGroupNotice(stanza, NOW),
  (stanza: BinaryNode) => readContactNotice(stanza, NOW),
  (stanza: BinaryNode) => readPresence(stanza),
  (stanza: BinaryNode) => readPlaceholder(stanza, OWN, NOW),
  (stanza: BinaryNode) => unreadableNotice(stanza, new Error('no session'), OWN, NOW),
];

const TAGS = [
  'call',
  'notification',
  'presence',
  'chatstate',
  'message',
  'offer',
  'terminate',
  'create',
  'group',
  'add',
  'remove',
  'participant',
  'subject',
  'description',
  'body',
  'set',
  'delete',
  'unavailable',
  'created_membership_requests',
  'revoked_membership_requests',
  'membership_approval_mode',
  'composing',
];
const VALUES = [
  JOHN,
  '800@lid',
  '120363@g.us',
  '',
  '@',
  'w:gp2',
  'picture',
  'status',
  'abc',
  '17',
  'on',
];

const { stanza: anyStanza } = fc.letrec<{ stanza: BinaryNode }>((tie) => ({
  stanza: fc.record({
    tag: fc.constantFrom(...TAGS),
    attrs: fc.dictionary(
      fc.constantFrom(
        'id',
        'from',
        'type',
        't',
        'participant',
        'jid',
        'call-id',
        'last',
        'subject',
      ),
      fc.constantFrom(...VALUES),
    ),
    content: fc.oneof(
      { depthSize: 'small' },
      fc.constant(undefined),
      fc.uint8Array({ maxLength: 8 }),
      fc.string({ maxLength: 4 }),
      fc.array(tie('stanza'), { maxLength: 3 }),
    ),
  }) as fc.Arbitrary<BinaryNode>,
}));

describe('what WhatsApp tells', () => {
  it('is read whatever it looks like, and never at the price of an error', () => {
    fc.assert(
      fc.property(anyStanza, (stanza) => {
        for (const read of readers) {
          const notice = read(stanza);
          expect(notice === null || typeof notice.type === 'string').toBe(true);
        }
      }),
    );
  });

  it('of a call: who, how, and how it ended', () => {
    const call = (step: BinaryNode): BinaryNode => ({
      tag: 'call',
      attrs: { id: 'S1', from: '800@lid', t: '1700000000', offline: '0' },
      content: [step],
    });
    const attrs = { 'call-id': 'C1', 'call-creator': '800:3@lid', caller_pn: JOHN };
    const video = { tag: 'video', attrs: {} };
    expect(readCall(call({ tag: 'offer', attrs, content: [video] }), NOW)).toEqual({
      type: 'call',
      noticeId: 'S1',
      timestampMs: NOW,
      delayed: true,
      callId: 'C1',
      state: 'offer',
      caller: { address: '800@lid', alt: JOHN },
      group: null,
      isVideo: true,
      isGroup: false,
    });
    const inGroup = readCall(
      call({ tag: 'offer', attrs: { ...attrs, 'group-jid': '1@g.us' } }),
      NOW,
    );
    expect(inGroup).toMatchObject({ isGroup: true, group: '1@g.us', isVideo: false });
    const end = (reason: string) =>
      readCall(call({ tag: 'terminate', attrs: { ...attrs, reason } }), NOW)?.state;
    expect([end('timeout'), end('')]).toEqual(['timeout', 'terminate']);
    expect(readCall(call({ tag: 'relaylatency', attrs }), NOW)).toBeNull();
  });

  it('of a join request: whether it was taken back or rejected', () => {
    const told = (participant: string) =>
      readGroupNotice(
        {
          tag: 'notification',
          attrs: { id: 'S1', from: '1@g.us', type: 'w:gp2', participant },
          content: [
            {
              tag: 'revoked_membership_requests',
              attrs: {},
              content: [{ tag: 'participant', attrs: { jid: '800@lid' } }],
            },
          ],
        },
        NOW,
      )?.change;
    expect(told('800@lid')).toMatchObject({ action: 'revoked' });
    expect(told('801@lid')).toMatchObject({ action: 'rejected' });
  });
});
