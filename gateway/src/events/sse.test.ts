import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { sseStream } from './sse.ts';
import type { StoredEvent } from './store.ts';

const event = (seq: number, text = ''): StoredEvent => ({
  seq,
  id: `id-${seq}`,
  event: 'message.received',
  workspaceId: 'default',
  sessionId: 'support',
  timestampMs: 0,
  orderKey: 'chat',
  data: { text },
});

/** Pages that come when they are told to. */
function source() {
  const clock = new VirtualClock();
  const waiting: ((page: readonly StoredEvent[] | null) => void)[] = [];
  async function* pages() {
    for (;;) {
      const page = await new Promise<readonly StoredEvent[] | null>((resolve) => {
        waiting.push(resolve);
      });
      if (page === null) return;
      yield page;
    }
  }
  let stalls = 0;
  const onStall = () => {
    stalls += 1;
  };
  const stream = sseStream({ pages: pages(), clock, render: ({ data }) => data, onStall });
  stream.setEncoding('utf8');
  return {
    clock,
    stream,
    stalls: () => stalls,
    send: (page: readonly StoredEvent[] | null) => waiting.shift()?.(page),
  };
}

describe('server-sent events', () => {
  it('are written with cursor, name and body, and end with their source', async () => {
    const { clock, stream, send } = source();
    let text = '';
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
    await clock.advance(0);
    send([event(1, 'a\nb'), event(2)]);
    await clock.advance(0);
    send(null);
    await clock.advance(0);
    expect(text).toBe(
      [
        'retry: 2000',
        'id: 1\nevent: message.received\ndata: {"text":"a\\nb"}',
        'id: 2\nevent: message.received\ndata: {"text":""}',
        '',
      ].join('\n\n'),
    );
    expect(stream.readableEnded).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('beat while nothing happens', async () => {
    const { clock, stream, send } = source();
    const chunks: string[] = [];
    stream.on('data', (chunk: string) => chunks.push(chunk));
    await clock.advance(14_999);
    expect(chunks).toHaveLength(1);
    await clock.advance(15_001);
    expect(chunks.slice(1)).toEqual([': heartbeat\n\n', ': heartbeat\n\n']);
    send(null);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('are not read ahead for a consumer that takes nothing, which is given up', async () => {
    const { clock, stream, send, stalls } = source();
    stream.read(0);
    await clock.advance(0);
    const large = 'x'.repeat(50_000);
    send(Array.from({ length: 100 }, (_, i) => event(i, large)));
    await clock.advance(59_999);
    expect(stream.readableLength).toBeLessThan(200_000);
    expect(stalls()).toBe(0);
    await clock.advance(1);
    expect(stalls()).toBe(1);
    stream.destroy();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });
});
