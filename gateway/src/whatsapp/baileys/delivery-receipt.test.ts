import type { BinaryNode } from 'baileys';
import { describe, expect, it } from 'vitest';
import { deliveryReceipt, isPlainDelivery } from './delivery-receipt.ts';
import { readEnvelope } from './envelope.ts';

const own = { phoneJid: '15550001@s.whatsapp.net', lid: '111@lid' };
const inGroup = { from: '120363@g.us', participant: '222:4@lid' };
const message = (attrs: Record<string, string>, enc: Record<string, string> = {}): BinaryNode => ({
  tag: 'message',
  attrs: { id: 'A', t: '1700000000', ...attrs },
  content: [{ tag: 'enc', attrs: { v: '2', type: 'msg', ...enc }, content: Uint8Array.of(1) }],
});
const isPlain = (stanza: BinaryNode): boolean => {
  const envelope = readEnvelope(stanza, own);
  return envelope !== null && isPlainDelivery(stanza, envelope);
};

describe('a plain delivery', () => {
  it('is what somebody else wrote, to us or to a group', () => {
    expect(isPlain(message({ from: '15550002:3@s.whatsapp.net' }))).toBe(true);
    expect(isPlain(message({ from: '222@lid' }))).toBe(true);
    expect(isPlain(message(inGroup, { type: 'skmsg' }))).toBe(true);
  });

  it('is nothing of our own, and nothing from elsewhere', () => {
    const others = [
      message({ from: '111:0@lid', recipient: '222@lid' }),
      message({ from: '15550001@s.whatsapp.net', category: 'peer' }),
      message({ from: '120363@g.us', participant: '111:0@lid' }),
      message({ from: 'status@broadcast', participant: '222@lid' }),
      message({ from: '120363@newsletter' }),
      message({ from: '867051314767696@bot' }),
    ];
    expect(others.map(isPlain)).toEqual(others.map(() => false));
  });

  it('is not what was asked for again', () => {
    expect(isPlain(message({ from: '222@lid' }, { count: '1' }))).toBe(false);
  });
});

describe('its receipt', () => {
  it('goes to the device that wrote, and is inactive unless we are online', () => {
    const direct = message({ from: '222:4@lid' });
    expect(deliveryReceipt(direct, false)).toEqual({
      tag: 'receipt',
      attrs: { id: 'A', to: '222:4@lid', type: 'inactive' },
    });
    expect(deliveryReceipt(direct, true).attrs).toEqual({ id: 'A', to: '222:4@lid' });
  });

  it('names the author within a group', () => {
    expect(deliveryReceipt(message(inGroup), false).attrs).toEqual({
      id: 'A',
      to: '120363@g.us',
      participant: '222:4@lid',
      type: 'inactive',
    });
  });
});
