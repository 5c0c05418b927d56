import type { FeedEvent } from '../../../src/control/contract/feed.ts';
import { startReading } from '../model/reading.ts';
import { apply } from '../model/world.ts';
import { api } from './api.ts';
import { listen } from './feed.ts';
import { readPlace } from './place.ts';
import { hear, readAll, readPlaceInHand } from './reading.ts';
import { attempt, set, setWorld } from './store.ts';

/** Somebody who types and then walks away stops typing after a while. */
const TYPING_LASTS_MS = 20_000;

/** Starts to follow the simulator and the address of the page; runs until the page is left. */
export function start(): void {
  listen({
    opened: () => void readAll(),
    happened,
    // What is being read now would miss what happens until the stream stands again.
    lost: () => set({ line: 'stale', reading: startReading() }),
  });
  window.addEventListener('hashchange', () => {
    set({ place: readPlace() });
    readPlaceInHand();
  });
}

function happened(events: readonly FeedEvent[]): void {
  if (events.some(({ name }) => name === 'reset')) {
    window.location.hash = '';
    void readAll();
    return;
  }
  hear(events);
  for (const event of events) {
    if (event.name === 'typing' && event.data.state !== 'paused') {
      const stopped = { ...event.data, state: 'paused' };
      setTimeout(
        () => setWorld((world) => apply(world, { name: 'typing', data: stopped })),
        TYPING_LASTS_MS,
      );
    }
  }
}

export function forgetViolations(): void {
  void attempt(async () => {
    await api.forgetViolations();
    setWorld((world) => ({ ...world, violations: [] }));
  });
}
