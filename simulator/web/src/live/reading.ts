import type { FeedEvent } from '../../../src/control/contract/feed.ts';
import {
  opened,
  READ,
  type Reading,
  startReading,
  takenInHand,
  withChats,
  withEvents,
  withMessages,
} from '../model/reading.ts';
import { apply, type OpenChat, type Phone } from '../model/world.ts';
import { api, whyOf } from './api.ts';
import { pageState, set, setWorld } from './store.ts';

/** More than a reading takes; of more, the older ones were most likely read. */
const MAX_HEARD = 5_000;

/** What happened while everything was being read. */
let heard: readonly FeedEvent[] = [];

/** Brings the page up to date with what happened. */
export function hear(events: readonly FeedEvent[]): void {
  if (pageState().reading.state === 'reading') heard = [...heard, ...events].slice(-MAX_HEARD);
  setWorld((world) => events.reduce(apply, world));
  // The phone in hand may have been made just now.
  readPlaceInHand();
}

/** Reads everything anew; whatever was being read before counts no longer. */
export async function readAll(): Promise<void> {
  const reading = startReading();
  set({ reading });
  heard = [];
  try {
    const [info, { accounts }, pairing, { groups }, faults, { violations }] = await Promise.all([
      api.info(),
      api.accounts(),
      api.pairing(),
      api.groups(),
      api.faults(),
      api.violations(),
    ]);
    if (pageState().reading !== reading) return;
    const read = {
      accounts: new Map(accounts.map((account) => [account.number, account])),
      groups: new Map(groups.map((group) => [group.jid, group])),
      pairing,
      faults,
      violations,
    };
    set({ line: 'live', reading: READ, info, world: withEvents(read, heard) });
    readPlaceInHand();
  } catch (error) {
    if (pageState().reading === reading) set({ reading: failed(error) });
  }
}

/**
 * Sees to it that the chats of the phone in hand and the messages of its open chat have been read or
 * are being read. Does nothing when they are; a phone that is not known yet is read when it is.
 */
export function readPlaceInHand(): void {
  const { world, place } = pageState();
  const { number, chat } = place;
  if (number === null || !world.accounts.has(number)) {
    if (world.phone) setWorld((now) => ({ ...now, phone: null }));
    return;
  }
  if (world.phone?.number !== number) void readChats(number);
  if (chat === null) {
    setPhone(number, (phone) => (phone.chat ? { ...phone, chat: null } : phone));
  } else if (pageState().world.phone?.chat?.id !== chat) {
    void readMessages(number, chat);
  }
}

/** Reads what could not be read. */
export function readAgain(): void {
  const { reading, world } = pageState();
  const { phone } = world;
  if (reading.state === 'failed') void readAll();
  if (phone?.reading.state === 'failed') void readChats(phone.number);
  if (phone?.chat?.reading.state === 'failed') void readMessages(phone.number, phone.chat.id);
}

async function readChats(number: string): Promise<void> {
  const reading = startReading();
  setWorld((world) => ({
    ...world,
    phone:
      world.phone?.number === number ? { ...world.phone, reading } : takenInHand(number, reading),
  }));
  const setRead = (change: (phone: Phone) => Phone) =>
    setPhone(number, (phone) => (phone.reading === reading ? change(phone) : phone));
  try {
    const { chats } = await api.chats(number);
    setRead((phone) => withChats(phone, chats));
  } catch (error) {
    setRead((phone) => ({ ...phone, reading: failed(error) }));
  }
}

async function readMessages(number: string, id: string): Promise<void> {
  const reading = startReading();
  setPhone(number, (phone) => ({
    ...phone,
    chat: phone.chat?.id === id ? { ...phone.chat, reading } : opened(id, reading),
  }));
  const setRead = (change: (chat: OpenChat) => OpenChat) =>
    setChat(number, id, (chat) => (chat.reading === reading ? change(chat) : chat));
  try {
    const { messages, more } = await api.messages(number, id);
    setRead((chat) => withMessages(chat, messages, more));
  } catch (error) {
    setRead((chat) => ({ ...chat, reading: failed(error) }));
  }
}

/** Puts older messages before those that are there. Throws `Refusal`. */
export async function readEarlier(): Promise<void> {
  const { phone } = pageState().world;
  const chat = phone?.chat;
  const oldest = chat?.messages[0];
  if (!phone || !chat || !oldest) return;
  const { messages, more } = await api.messages(phone.number, chat.id, oldest.order);
  setChat(phone.number, chat.id, (now) =>
    // Whoever asks twice gets them once.
    now.messages[0]?.id === oldest.id
      ? { ...now, messages: [...messages, ...now.messages], more }
      : now,
  );
}

function failed(error: unknown): Reading {
  return { state: 'failed', why: whyOf(error) };
}

function setPhone(number: string, change: (phone: Phone) => Phone): void {
  setWorld((world) => {
    if (world.phone?.number !== number) return world;
    const phone = change(world.phone);
    return phone === world.phone ? world : { ...world, phone };
  });
}

function setChat(number: string, id: string, change: (chat: OpenChat) => OpenChat): void {
  setPhone(number, (phone) => {
    if (phone.chat?.id !== id) return phone;
    const chat = change(phone.chat);
    return chat === phone.chat ? phone : { ...phone, chat };
  });
}
