import type { BinaryNode } from 'baileys';
import { describe, expect, it } from 'vitest';
import { readReceipt } from './receipts.ts';

const own = { phoneJid: '15550001@s.whatsapp.net', lid: '111@lid' };

describe('receipts', () => {
  const receipt = (attrs: Record<string, string>, content?: BinaryNode[]): BinaryNode => ({
    tag: 'receipt',
    attrs: { id: 'A', t: '1700000000', from: '15550002@s.whatsapp.net', ...attrs },
    ...(content ? { content } : {}),
  });

  it('tell how far our messages came', () => {
    const list = [{ tag: 'list', attrs: {}, content: [{ tag: 'item', attrs: { id: 'B' } }] }];
    expect(readReceipt(receipt({ type: 'read' }, list), own, 0)).toEqual({
      chat: '15550002@s.whatsapp.net',
      messageIds: ['A', 'B'],
      status: 'read',
      by: '15550002@s.whatsapp.net',
      timestampMs: 1_700_000_000_000,
    });
    const inGroup = { from: '123@g.us', participant: '222:3@lid' };
    expect(readReceipt(receipt(inGroup), own, 0)).toMatchObject({
      status: 'delivered',
      by: '222@lid',
    });
    expect(readReceipt(receipt({ type: 'inactive' }), own, 0)?.status).toBe('delivered');
    expect(readReceipt(receipt({ type: 'played' }), own, 0)?.status).toBe('played');
  });

  it('of other kinds, or of our own devices, tell nothing', () => {
    for (const type of ['retry', 'sender', 'read-self', 'peer_msg', 'server-error']) {
      expect(readReceipt(receipt({ type }), own, 0)).toBeNull();
    }
    expect(readReceipt(receipt({ from: '111:2@lid' }), own, 0)).toBeNull();
    expect(readReceipt(receipt({ recipient: '15550002@s.whatsapp.net' }), own, 0)).toBeNull();
  });
});
