import type { BinaryNode } from 'baileys';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { ArrivalOrder } from './arrival-order.ts';

const payload = (type = 'skmsg'): BinaryNode => ({
  tag: 'enc',
  attrs: { v: '2', type },
  content: Buffer.from(type),
});
const bytesOf = (node: BinaryNode) => node.content as Uint8Array;

function stanza(author: string, ...encs: BinaryNode[]): BinaryNode {
  return { tag: 'message', attrs: { from: '1@g.us', participant: author, id: 'x' }, content: encs };
}

describe('ArrivalOrder', () => {
  it('holds a stanza until every payload of the earlier one is done', async () => {
    const clock = new VirtualClock();
    const order = new ArrivalOrder(clock);
    const [key, text, next] = [payload('pkmsg'), payload(), payload()];
    expect(order.enter(stanza('a', key, text))).toBeNull();
    let entered = false;
    void order.enter(stanza('a', next))?.then(() => (entered = true));
    await clock.advance(0);
    order.left(bytesOf(key));
    await clock.advance(0);
    expect(entered).toBe(false);
    order.left(bytesOf(text));
    await clock.advance(0);
    expect(entered).toBe(true);
    order.left(bytesOf(next));
    expect(clock.pending).toBe(0);
  });

  it('lets authors pass each other, and what is not encrypted by Signal', () => {
    const order = new ArrivalOrder(new VirtualClock());
    expect(order.enter(stanza('a', payload()))).toBeNull();
    expect(order.enter(stanza('b', payload()))).toBeNull();
    expect(order.enter(stanza('a', payload('msmsg')))).toBeNull();
    expect(order.enter(stanza('a'))).toBeNull();
  });

  it('goes on when a stanza is never decrypted, and forgets who is done', async () => {
    const clock = new VirtualClock();
    const order = new ArrivalOrder(clock);
    void order.enter(stanza('a', payload()));
    const second = payload();
    let entered = false;
    void order.enter(stanza('a', second))?.then(() => (entered = true));
    await clock.advance(10_000);
    expect(entered).toBe(true);
    order.left(bytesOf(second));
    await clock.advance(0);
    expect(order.enter(stanza('a', payload()))).toBeNull();
  });
});
