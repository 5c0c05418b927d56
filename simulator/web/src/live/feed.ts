import type { FeedEvent, FeedName } from '../../../src/control/contract/feed.ts';

const NAMES = [
  'account.created',
  'account.changed',
  'device.linked',
  'device.unlinked',
  'device.online',
  'device.offline',
  'pairing.changed',
  'message.received',
  'message.sent',
  'message.changed',
  'typing',
  'group.changed',
  'faults.changed',
  'violation',
  'reset',
] as const satisfies readonly FeedName[];

export interface FeedListener {
  /** The stream stands; whatever happened before it is unknown. */
  opened(): void;
  /** Everything that happened since the last call, in order. */
  happened(events: readonly FeedEvent[]): void;
  lost(): void;
}

/** Listens to the simulator until the returned function is called; connects again by itself. */
export function listen(listener: FeedListener): () => void {
  const source = new EventSource('/api/events');
  let waiting: FeedEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    timer = null;
    const events = waiting;
    waiting = [];
    listener.happened(events);
  };
  source.addEventListener('open', () => listener.opened());
  source.addEventListener('error', () => listener.lost());
  for (const name of NAMES) {
    source.addEventListener(name, ({ data }: MessageEvent<string>) => {
      waiting.push({ name, data: JSON.parse(data) });
      // A load test must not make the page paint for each message.
      timer ??= setTimeout(flush, FLUSH_MS);
    });
  }
  return () => {
    if (timer !== null) clearTimeout(timer);
    source.close();
  };
}

/** One frame. */
const FLUSH_MS = 16;
