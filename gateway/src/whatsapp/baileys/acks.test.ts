import type { BinaryNode } from 'baileys';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { Acks } from './acks.ts';

describe('acks', () => {
  const ack = (attrs: Record<string, string>): BinaryNode => ({ tag: 'ack', attrs });

  it('are heard before and after the send returns, and missed after 20 seconds', async () => {
    const clock = new VirtualClock();
    const acks = new Acks(clock);
    const early = acks.expect('A');
    acks.heard(ack({ id: 'A' }));
    expect(await early.outcome()).toEqual({ kind: 'acked' });
    const refused = acks.expect('B');
    const pending = refused.outcome();
    acks.heard(ack({ id: 'B', error: '463' }));
    expect(await pending).toEqual({ kind: 'rejected', code: 463 });
    const silent = acks.expect('C').outcome();
    await clock.advance(20_000);
    expect(await silent).toMatchObject({ kind: 'unconfirmed' });
    expect(acks.unansweredSinceMs).toBe(clock.now() - 20_000);
    acks.heard(ack({ id: 'unknown' }));
    expect(acks.unansweredSinceMs).toBeNull();
    const abandoned = acks.expect('D').outcome();
    acks.abandon('gone');
    expect(await abandoned).toEqual({ kind: 'unconfirmed', reason: 'gone' });
    acks.expect('E').drop();
    expect(acks.waiting).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
