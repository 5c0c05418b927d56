import { expect, it } from 'vitest';
import type { OwnChange } from '../whatsapp/port.ts';
import type { ChatTold } from './chat-store.ts';
import { createOwnChanges, type OwnChangesDeps } from './own-changes.ts';

const CHAT = '120363041234567890@g.us';

/** Messages from before the link have ids below zero. */
it('marks a chat as read of which only past messages are kept', async () => {
  const noted: ChatTold[] = [];
  const made: OwnChange[] = [];
  const past = [-1, -2, -3].map((seq) => ({
    seq,
    messageId: `m${-seq}`,
    chatId: CHAT,
    senderId: '1@lid',
    fromMe: seq === -2,
  }));
  const states = async () => new Map(noted.map((told) => [CHAT, { readUpTo: told.readUpTo }]));
  const changes = createOwnChanges({
    history: { messages: async () => past },
    chats: {
      note: async (_key: number, told: readonly ChatTold[]) => void noted.push(...told),
      states,
    },
    identities: { phoneFor: async () => null, lidFor: async () => null },
    findChat: async (_key: number, chat: string) => chat,
    asking: async (_key: number, _options: object, ask: (connection: object) => unknown) =>
      ask({ change: async (_chat: string, change: OwnChange) => void made.push(change) }),
  } as unknown as OwnChangesDeps);
  expect(await changes.readChat(1, CHAT)).toBe(2);
  expect(made).toMatchObject([{ type: 'read', messages: [{}, {}] }]);
  expect(noted).toEqual([{ chatId: CHAT, unread: false, readUpTo: -1 }]);
  expect(await changes.readChat(1, CHAT)).toBe(0);
});
