import { type BaileysEventMap, makeEventBuffer } from 'baileys';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { EventFlush } from './event-flush.ts';

// The library's own timers are held, so that only ours can let anything go.
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => vi.useRealTimers());

/** The library's buffer in the state in which it holds events back (see `test/library-faults`). */
async function stalledEvents() {
  const ev = makeEventBuffer(pino({ level: 'silent' }));
  let finish: () => void = () => undefined;
  const running = ev.createBufferedFunction(
    () => new Promise<void>((resolve) => (finish = resolve)),
  )();
  ev.flush();
  finish();
  await running;
  await vi.advanceTimersByTimeAsync(200);
  return ev;
}

it('lets go of events that the library would hold for 30 seconds', async () => {
  const clock = new VirtualClock();
  const ev = await stalledEvents();
  const flush = new EventFlush(clock, () => ({ ev }));
  const heard: BaileysEventMap['messages.upsert'][] = [];
  ev.on('messages.upsert', (upsert) => heard.push(upsert));
  await ev.createBufferedFunction(async () => {
    const key = { remoteJid: '15550002@s.whatsapp.net', id: 'A', fromMe: false };
    ev.emit('messages.upsert', { messages: [{ key }], type: 'notify' });
  })();
  flush.soon();
  flush.soon();
  await clock.advance(140);
  expect(heard).toHaveLength(0);
  await clock.advance(20);
  expect(heard).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

it('does nothing once it is stopped', async () => {
  const clock = new VirtualClock();
  const flush = new EventFlush(clock, () => {
    throw new Error('the socket is gone');
  });
  flush.soon();
  flush.stop();
  await clock.advance(1_000);
  expect(clock.pending).toBe(0);
});
