import { EventEmitter } from 'node:events';
import type { BinaryNode } from 'baileys';
import { expect, it } from 'vitest';
import { stepInFront } from './gate.ts';
import { KeyedLock } from './keyed-lock.ts';
import { holdFramesUntil } from './send-barrier.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('holds frames back, in order, until what they depend on is written', async () => {
  const sent: unknown[] = [];
  const sink = { send: (data: unknown) => void sent.push(data) };
  const writes: (() => void)[] = [];
  let busy = false;
  const held = holdFramesUntil(sink, () =>
    busy ? new Promise((resolve) => writes.push(resolve)) : null,
  );
  sink.send(1);
  expect(sent).toEqual([1]);
  expect(held()).toBeNull();
  busy = true;
  sink.send(2);
  busy = false;
  sink.send(3);
  await settled();
  expect(sent).toEqual([1]);
  const left = held();
  for (const written of writes) written();
  await left;
  expect(sent).toEqual([1, 2, 3]);
  expect(held()).toBeNull();
  sink.send(4);
  expect(sent).toEqual([1, 2, 3, 4]);
});

it('lets a sender go on while its frame is held', async () => {
  const sink = { send: (_data: unknown, _done?: (error?: Error) => void) => undefined };
  holdFramesUntil(sink, () => new Promise(() => undefined));
  let wentOn = false;
  sink.send(1, () => (wentOn = true));
  expect(wentOn).toBe(true);
});

it('sends nothing whose write failed, nor what comes behind it', async () => {
  const sent: unknown[] = [];
  const sink = { send: (data: unknown) => void sent.push(data) };
  let failing = true;
  const held = holdFramesUntil(sink, () => (failing ? Promise.reject(new Error('full')) : null));
  sink.send(1);
  await expect(held()).rejects.toThrow('full');
  failing = false;
  sink.send(2);
  await settled();
  sink.send(3);
  await settled();
  expect(sent).toEqual([]);
});

it('lets the library see a stanza only after what comes first', async () => {
  const socket = new EventEmitter();
  const seen: string[] = [];
  socket.on('CB:message', ({ attrs }: BinaryNode) => seen.push(attrs.id ?? ''));
  let release: () => void = () => undefined;
  stepInFront(socket, 'CB:message', ({ attrs }) => {
    if (attrs.id === 'refused') return Promise.reject(new Error('full'));
    return attrs.id === 'slow' ? new Promise<void>((resolve) => (release = resolve)) : null;
  });
  for (const id of ['slow', 'refused', 'quick']) {
    socket.emit('CB:message', { tag: 'message', attrs: { id } });
  }
  await settled();
  expect(seen).toEqual(['quick']);
  release();
  await settled();
  expect(seen).toEqual(['quick', 'slow']);
});

it('gives turns per key, and several keys without deadlock', async () => {
  const lock = new KeyedLock();
  const order: string[] = [];
  const turn = (name: string, keys: string[]) =>
    lock.runAll(keys, async () => {
      order.push(`${name} begins`);
      await settled();
      order.push(`${name} ends`);
    });
  await Promise.all([turn('a', ['x', 'y']), turn('b', ['y', 'x']), turn('c', ['z'])]);
  expect(order.indexOf('c begins')).toBeLessThan(order.indexOf('a ends'));
  expect(order.indexOf('b begins')).toBeGreaterThan(order.indexOf('a ends'));
  await expect(lock.run('x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(lock.run('x', async () => 'free again')).resolves.toBe('free again');
  await lock.idle();
});
