import { useSyncExternalStore } from 'react';
import { type Reading, startReading } from '../model/reading.ts';
import { EMPTY_WORLD, type World } from '../model/world.ts';
import { type Info, whyOf } from './api.ts';
import { type Place, readPlace } from './place.ts';

export interface Notice {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

export interface PageState {
  /** `live` once all was read and changes are heard of, `stale` while the connection is gone. */
  readonly line: 'connecting' | 'live' | 'stale';
  /** Of everything but the phone in hand. */
  readonly reading: Reading;
  readonly info: Info | null;
  readonly world: World;
  readonly place: Place;
  readonly notices: readonly Notice[];
}

const NOTICE_LASTS_MS = 6_000;
const MAX_NOTICES = 4;

let state: PageState = {
  line: 'connecting',
  reading: startReading(),
  info: null,
  world: EMPTY_WORLD,
  place: readPlace(),
  notices: [],
};
const watchers = new Set<() => void>();
let nextNotice = 1;

export function usePage(): PageState {
  return useSyncExternalStore(watch, pageState);
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

export function pageState(): PageState {
  return state;
}

export function set(change: Partial<PageState>): void {
  state = { ...state, ...change };
  for (const watcher of watchers) watcher();
}

export function setWorld(change: (world: World) => World): void {
  const world = change(state.world);
  if (world !== state.world) set({ world });
}

/** Does something and says so when it is refused. Gives whether it worked. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    notify('bad', whyOf(error));
    return false;
  }
}

export function notify(tone: Notice['tone'], text: string): void {
  const id = nextNotice++;
  set({ notices: [...state.notices, { id, tone, text }].slice(-MAX_NOTICES) });
  setTimeout(() => dismiss(id), NOTICE_LASTS_MS);
}

export function dismiss(id: number): void {
  set({ notices: state.notices.filter((notice) => notice.id !== id) });
}
