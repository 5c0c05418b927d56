import { Readable } from 'node:stream';
import type { Clock, Timer } from '../kernel/clock.ts';
import type { StoredEvent } from './store.ts';

/** Proxies cut connections that are silent for a minute or less; this keeps well below. */
const HEARTBEAT_MS = 15_000;

/** A consumer that takes nothing for this long is disconnected; it can go on from its cursor. */
const STALLED_AFTER_MS = 60_000;

/** How long a client waits before it connects again. */
const RECONNECT_MS = 2_000;

/** Bytes that may wait for a slow consumer; beyond, the log is not read on. */
const BUFFER_BYTES = 64 * 1024;

/** What a live stream is made of. */
export interface SseSource {
  /** Must end when the consumer is gone. */
  readonly pages: AsyncGenerator<readonly StoredEvent[], void, void>;
  readonly clock: Clock;
  readonly render: (event: StoredEvent) => unknown;
  /** Called when the consumer takes nothing any more. */
  readonly onStall: () => void;
}

/** Turns pages of the log into server-sent events: `id` is the cursor, `event` the name. */
export function sseStream({ pages, clock, render, onStall }: SseSource): Readable {
  return Readable.from(watched(frames(pages, clock, render), clock, onStall), {
    objectMode: false,
    highWaterMark: BUFFER_BYTES,
  });
}

async function* frames(
  pages: SseSource['pages'],
  clock: Clock,
  render: SseSource['render'],
): AsyncGenerator<string, void, void> {
  yield `retry: ${RECONNECT_MS}\n\n`;
  for (let next = pages.next(); ; ) {
    const page = await orSilence(next, clock);
    if (page === 'silence') {
      yield ': heartbeat\n\n';
      continue;
    }
    if (page.done) return;
    for (const event of page.value) {
      yield `id: ${event.seq}\nevent: ${event.event}\ndata: ${JSON.stringify(render(event))}\n\n`;
    }
    next = pages.next();
  }
}

async function orSilence<T>(next: Promise<T>, clock: Clock): Promise<T | 'silence'> {
  let timer: Timer | null = null;
  const silence = new Promise<'silence'>((resolve) => {
    timer = clock.after(HEARTBEAT_MS, () => resolve('silence'));
  });
  return Promise.race([next, silence]).finally(() => timer?.cancel());
}

/** Passes everything on; calls `onStall` when what was passed on is not taken. */
async function* watched(
  source: AsyncGenerator<string, void, void>,
  clock: Clock,
  onStall: () => void,
): AsyncGenerator<string, void, void> {
  for await (const frame of source) {
    const timer = clock.after(STALLED_AFTER_MS, onStall);
    try {
      yield frame;
    } finally {
      timer.cancel();
    }
  }
}
