import { passes } from './selection.ts';
import type { EventBatch, EventFilter, EventStore, StoredEvent } from './store.ts';

/** Events read from storage at a time. */
const PAGE = 100;

export interface FollowDeps {
  readonly store: Pick<EventStore, 'read' | 'bounds'>;
  readonly onCommitted: (listener: (batch: EventBatch) => void) => () => void;
}

/** Which events are followed: of one workspace, behind the cursor `after`, that pass the filter. */
export interface Following {
  readonly workspaceId: string;
  readonly after: number;
  readonly filter: EventFilter;
}

/** Yields pages of the log after a cursor, and waits for commits in between, until the signal aborts. */
export async function* follow(
  deps: FollowDeps,
  { workspaceId, after, filter }: Following,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[], void, void> {
  const bell = createBell(signal);
  const unsubscribe = deps.onCommitted(({ events }) => {
    if (events.some((event) => event.workspaceId === workspaceId && passes(filter, event))) {
      bell.ring();
    }
  });
  try {
    let cursor = after;
    while (!signal.aborted) {
      const { newest } = await deps.store.bounds(workspaceId);
      const page = await deps.store.read(workspaceId, cursor, PAGE, filter);
      const last = page.at(-1);
      if (last) {
        cursor = last.seq;
        yield page;
      } else {
        // What the filter passed over need not be looked at again.
        cursor = Math.max(cursor, newest);
        await bell.rung();
      }
    }
  } finally {
    unsubscribe();
    bell.close();
  }
}

/** Remembers one ring, so that a commit between reading and waiting is not missed. */
function createBell(signal: AbortSignal) {
  let ringing = false;
  let wake = () => {};
  const ring = () => {
    ringing = true;
    wake();
  };
  signal.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async rung(): Promise<void> {
      if (!ringing) await new Promise<void>((resolve) => (wake = resolve));
      ringing = false;
    },
    close: () => signal.removeEventListener('abort', ring),
  };
}
