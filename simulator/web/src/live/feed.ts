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
  let waiting: FeedEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  let knock: ReturnType<typeof setTimeout> | null = null;
  const flush = () => {
    timer = null;
    const events = waiting;
    waiting = [];
    listener.happened(events);
  };
  const connect = () => {
    const stream = new EventSource('/api/events');
    stream.addEventListener('open', () => listener.opened());
    stream.addEventListener('error', () => {
      listener.lost();
      // A browser tries again after a broken connection, but never after a refusal.
      if (stream.readyState === EventSource.CLOSED) knock = setTimeout(connectAgain, KNOCK_MS);
    });
    for (const name of NAMES) {
      stream.addEventListener(name, ({ data }: MessageEvent<string>) => {
        waiting.push({ name, data: JSON.parse(data) });
        // A load test must not make the page paint for each message.
        timer ??= setTimeout(flush, FLUSH_MS);
      });
    }
    return stream;
  };
  const connectAgain = () => {
    source = connect();
  };
  let source = connect();
  return () => {
    for (const pending of [timer, knock]) if (pending !== null) clearTimeout(pending);
    source.close();
  };
}

/** One frame. */
const FLUSH_MS = 16;
const KNOCK_MS = 2_000;
