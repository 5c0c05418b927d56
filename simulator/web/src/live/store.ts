import { useSyncExternalStore } from 'react';
import type { FeedEvent } from '../../../src/control/contract/feed.ts';
import {
  apply,
  EMPTY_WORLD,
  type OpenChat,
  type Phone,
  takenInHand,
  type World,
  withChats,
  withMessages,
} from '../model/world.ts';
import { api, type Info, Refusal } from './api.ts';
import { listen } from './feed.ts';

/** Which phone and chat are in hand, as it stands in the address of the page. */
export interface Place {
  readonly number: string | null;
  readonly chat: string | null;
}

export interface Notice {
  readonly id: number;
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

export interface PageState {
  /** `stale` is shown while the connection to the simulator is gone. */
  readonly line: 'connecting' | 'live' | 'stale';
  readonly info: Info | null;
  readonly world: World;
  readonly place: Place;
  readonly notices: readonly Notice[];
}

/** Somebody who types and then walks away stops typing after a while. */
const TYPING_LASTS_MS = 20_000;
const NOTICE_LASTS_MS = 6_000;
const MAX_NOTICES = 4;

let state: PageState = {
  line: 'connecting',
  info: null,
  world: EMPTY_WORLD,
  place: readPlace(),
  notices: [],
};
const watchers = new Set<() => void>();
let nextNotice = 1;

export function usePage(): PageState {
  return useSyncExternalStore(watch, () => state);
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

function set(change: Partial<PageState>): void {
  state = { ...state, ...change };
  for (const watcher of watchers) watcher();
}

function setWorld(change: (world: World) => World): void {
  set({ world: change(state.world) });
}

/** Starts to follow the simulator and the address of the page; runs until the page is left. */
export function start(): void {
  listen({
    opened: () => void attempt(readAll),
    happened,
    lost: () => set({ line: 'stale' }),
  });
  window.addEventListener('hashchange', () => {
    set({ place: readPlace() });
    void attempt(readPlaceInHand);
  });
}

function happened(events: readonly FeedEvent[]): void {
  if (events.some(({ name }) => name === 'reset')) {
    window.location.hash = '';
    void attempt(readAll);
    return;
  }
  setWorld((world) => events.reduce(apply, world));
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

async function readAll(): Promise<void> {
  const [info, { accounts }, pairing, { groups }, faults, { violations }] = await Promise.all([
    api.info(),
    api.accounts(),
    api.pairing(),
    api.groups(),
    api.faults(),
    api.violations(),
  ]);
  set({ line: 'live', info });
  setWorld((world) => ({
    ...world,
    accounts: new Map(accounts.map((account) => [account.number, account])),
    groups: new Map(groups.map((group) => [group.jid, group])),
    pairing,
    faults,
    violations,
    phone: null,
  }));
  await readPlaceInHand();
}

/** Reads the chats of the phone in hand and the messages of its open chat, as far as they are new. */
async function readPlaceInHand(): Promise<void> {
  const { number, chat } = state.place;
  if (number === null || !state.world.accounts.has(number)) {
    return setWorld((world) => ({ ...world, phone: null }));
  }
  if (state.world.phone?.number !== number) {
    setWorld((world) => ({ ...world, phone: takenInHand(number) }));
    const { chats } = await api.chats(number);
    setPhone(number, (phone) => withChats(phone, chats));
  }
  if (state.place.number !== number || state.place.chat !== chat) return;
  if (chat === null) return setPhone(number, (phone) => ({ ...phone, chat: null }));
  if (state.world.phone?.chat?.id === chat) return;
  const opened = { id: chat, messages: [], isRead: false, more: false };
  setPhone(number, (phone) => ({ ...phone, chat: opened }));
  const { messages, more } = await api.messages(number, chat);
  setChat(number, chat, (open) => withMessages(open, messages, more));
}

function setPhone(number: string, change: (phone: Phone) => Phone): void {
  setWorld((world) =>
    world.phone?.number === number ? { ...world, phone: change(world.phone) } : world,
  );
}

function setChat(number: string, id: string, change: (chat: OpenChat) => OpenChat): void {
  setPhone(number, (phone) =>
    phone.chat?.id === id ? { ...phone, chat: change(phone.chat) } : phone,
  );
}

/** Puts older messages before those that are there. */
export async function readEarlier(): Promise<void> {
  const { phone } = state.world;
  const chat = phone?.chat;
  const oldest = chat?.messages[0];
  if (!phone || !chat || !oldest) return;
  const { messages, more } = await api.messages(phone.number, chat.id, oldest.order);
  setChat(phone.number, chat.id, (now) => ({
    ...now,
    messages: [...messages, ...now.messages],
    more,
  }));
}

export function forgetViolations(): void {
  void attempt(async () => {
    await api.forgetViolations();
    setWorld((world) => ({ ...world, violations: [] }));
  });
}

/** Takes a phone in hand and opens a chat on it; both go into the address of the page. */
export function go(number: string | null, chat: string | null = null): void {
  window.location.hash = number === null ? '' : `/${number}${chat === null ? '' : `/${chat}`}`;
}

function readPlace(): Place {
  const [number, chat] = decodeURIComponent(window.location.hash).replace(/^#\/?/, '').split('/');
  return { number: number || null, chat: chat || null };
}

/** Does something and says so when it is refused. Gives whether it worked. */
export async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    notify('bad', error instanceof Refusal ? error.message : String(error));
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
