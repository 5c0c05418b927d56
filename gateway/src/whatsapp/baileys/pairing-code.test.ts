import { EventEmitter } from 'node:events';
import type { BinaryNode } from 'baileys';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { DisconnectCause } from '../port.ts';
import { CODE_LIFETIME_MS, PairingCode, type PairingCodeDeps } from './pairing-code.ts';

const answer = (type: string, content: BinaryNode[]): BinaryNode => ({
  tag: 'iq',
  attrs: { type, id: '1' },
  content,
});
const ACCEPTED = answer('result', [{ tag: 'link_code_companion_reg', attrs: {} }]);
const LIMITED = answer('error', [{ tag: 'error', attrs: { code: '429', text: 'rate-overlimit' } }]);

/** A socket whose server answers when the test says so. */
function begin() {
  const clock = new VirtualClock();
  const ws = new EventEmitter();
  const asked: string[] = [];
  const codes: { code: string; expiresAtMs: number }[] = [];
  const failures: DisconnectCause[] = [];
  const code = new PairingCode({
    socket: {
      ws: ws as unknown as PairingCodeDeps['socket']['ws'],
      requestPairingCode: async (phone) => {
        asked.push(phone);
        return 'ABCD2345';
      },
    },
    phone: '15550001',
    clock,
    onCode: (text, expiresAtMs) => codes.push({ code: text, expiresAtMs }),
    onFailed: (cause) => failures.push(cause),
  });
  /** Nothing of it listens or waits any more. */
  const isGone = () => ws.listenerCount('frame') === 0 && clock.pending === 0;
  return { clock, ws, asked, codes, failures, code, isGone };
}

describe('a pairing code', () => {
  it('is asked for once, and shown when the server took the request', async () => {
    const world = begin();
    const { code, ws, clock, asked, codes } = world;
    code.ready();
    code.ready();
    ws.emit('frame', answer('result', []));
    await clock.advance(1_000);
    expect(codes).toEqual([]);
    ws.emit('frame', ACCEPTED);
    await clock.advance(0);
    expect(asked).toEqual(['15550001']);
    expect(codes).toEqual([{ code: 'ABCD2345', expiresAtMs: clock.now() + CODE_LIFETIME_MS }]);
    code.end();
    expect(world.isGone()).toBe(true);
  });

  it('is never shown when the server refuses it, and the reason is told', async () => {
    const world = begin();
    const { code, ws, clock, codes, failures } = world;
    code.ready();
    ws.emit('frame', LIMITED);
    ws.emit('frame', ACCEPTED);
    await clock.advance(CODE_LIFETIME_MS);
    expect(codes).toEqual([]);
    expect(failures).toEqual([
      { code: 429, reason: expect.stringContaining('429'), pairing: 'code_refused' },
    ]);
    expect(world.isGone()).toBe(true);
  });

  it('ends the connection when nobody answers, or nobody types it', async () => {
    const world = begin();
    world.code.ready();
    await world.clock.advance(20_000);
    expect(world.failures).toMatchObject([{ code: 408 }]);
    expect(world.failures[0]?.pairing).toBeUndefined();

    const second = begin();
    second.code.ready();
    second.ws.emit('frame', ACCEPTED);
    await second.clock.advance(CODE_LIFETIME_MS);
    expect(second.failures).toMatchObject([{ pairing: 'code_expired' }]);
    expect(second.isGone()).toBe(true);
  });

  it('is silent once the connection ended', async () => {
    const world = begin();
    world.code.ready();
    world.code.end();
    expect(world.isGone()).toBe(true);
    world.ws.emit('frame', LIMITED);
    await world.clock.advance(CODE_LIFETIME_MS);
    expect([...world.codes, ...world.failures]).toEqual([]);
  });
});
