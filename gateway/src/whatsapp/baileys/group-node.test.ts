import type { BinaryNode } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswers, readGroup, readRefused, toMetadata } from './group-node.ts';

const attrs = fc.dictionary(
  fc.constantFrom('id', 'jid', 'lid', 'phone_number', 'creation', 'size', 'error', 'code', 'type'),
  fc.string(),
);
const { tree } = fc.letrec<{ tree: BinaryNode }>((tie) => ({
  tree: fc.record<BinaryNode>({
    tag: fc.constantFrom('group', 'participant', 'description', 'body', 'ephemeral', 'add_request'),
    attrs,
    content: fc.oneof(
      { maxDepth: 3 },
      fc.constant(''),
      fc.string(),
      fc.uint8Array(),
      fc.array(tie('tree'), { maxLength: 4 }),
    ),
  }),
}));

describe('group nodes', () => {
  it('are read whatever they hold', () => {
    fc.assert(
      fc.property(tree, (node) => {
        const group = readGroup(node);
        expect(group === null).toBe(!node.attrs['id']);
        for (const { code } of readAnswers(node)) expect(Number.isInteger(code)).toBe(true);
      }),
    );
  });

  it('name people in both ways, and leave out those who were not taken in', () => {
    const invite = { tag: 'add_request', attrs: { code: 'abc', expiration: '1700000000' } };
    const node: BinaryNode = {
      tag: 'group',
      attrs: { id: '1203630', subject: 'Friends', addressing_mode: 'lid', creation: '1600000000' },
      content: [
        {
          tag: 'participant',
          attrs: { jid: '11@lid', phone_number: '5511@s.whatsapp.net', type: 'admin' },
        },
        { tag: 'participant', attrs: { jid: '22@lid', error: '403' }, content: [invite] },
      ],
    };
    const group = readGroup(node);
    expect(group).toMatchObject({
      chatId: '1203630@g.us',
      createdAtMs: 1_600_000_000_000,
      members: [{ address: '11@lid', alt: '5511@s.whatsapp.net', role: 'admin' }],
    });
    expect(readRefused(node)).toEqual([
      {
        address: '22@lid',
        alt: null,
        code: 403,
        invite: { code: 'abc', expiresAtMs: 1_700_000_000_000 },
      },
    ]);
    expect(group && toMetadata(group).participants).toEqual([
      { id: '11@lid', phoneNumber: '5511@s.whatsapp.net', admin: 'admin' },
    ]);
  });
});
