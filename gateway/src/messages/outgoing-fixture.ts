import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { memoryIdentities } from '../contacts/memory-stores.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type { Download } from '../net/download.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { contentFromSend } from './catalogue/catalogue.ts';
import type { Convert } from './converter.ts';
import { createMedia } from './media.ts';
import { createComposer } from './outgoing.ts';
import type { MessageRecord } from './store.ts';

export const chatId = '5511888888888@s.whatsapp.net';
export const group = '120363041234567890@g.us';
const clock = new VirtualClock();
const session = {
  key: 1,
  workspaceId: 'default',
  phone: '5511999999999',
  lid: null,
} as SessionRecord;

const message = (messageId: string, more: Partial<MessageRecord> = {}): MessageRecord => ({
  messageId,
  chatId,
  senderId: chatId,
  fromMe: false,
  type: 'text',
  status: 'received',
  timestampMs: clock.now(),
  data: { text: 'the question', hasMedia: false },
  encoded: Buffer.from('encoded'),
  ...more,
});
const ours = { fromMe: true, senderId: '5511999999999@s.whatsapp.net' };
const kept = [
  message('THEIRS'),
  message('OURS', ours),
  message('OLD', { ...ours, timestampMs: clock.now() - 16 * 60_000 }),
  message('PICTURE', { ...ours, type: 'image' }),
  message('SLIM', { encoded: null }),
  message('GONE', ours),
  message('GROUP', { chatId: group, senderId: '5511777777777@s.whatsapp.net' }),
];
const deletion = message('DELETION', { ...ours, type: 'delete', status: 'sent', targetId: 'GONE' });

export const card = {
  url: 'https://example.com/a',
  title: 'Example',
  description: null,
  thumbnail: null,
};

interface Desk {
  /** Where media is put. */
  folder: string;
  /** What every URL answers. */
  served: Buffer;
  convert: Convert;
}

/** What a composer meets in a test; to be called once in each file. */
export function useDesk(): Desk {
  beforeEach(async () => {
    desk.folder = await mkdtemp(join(tmpdir(), 'outgoing-'));
    desk.convert = async () => ({ kind: 'missing' });
  });
  afterEach(() => rm(desk.folder, { recursive: true }));
  return desk;
}

const desk: Desk = {
  folder: '',
  served: Buffer.alloc(0),
  convert: async () => ({ kind: 'missing' }),
};

/** Makes the message of a request, with messages of both sides kept. */
export async function compose(body: object, to = chatId) {
  const download: Download = async (_url, file) => {
    await writeFile(file, desk.served);
    return { kind: 'saved', bytes: desk.served.length, mediaType: '', fileName: 'from-server.bin' };
  };
  const identities = memoryIdentities();
  await identities.learn(1, [{ phone: '5511777777777', lid: '700000000000003' }]);
  const composer = createComposer({
    media: createMedia({ download, uploads: { find: async () => null }, ids: () => 'medium' }),
    convert: (...args) => desk.convert(...args),
    templates: {
      render: async (workspaceId, { name }) => ({ type: 'text', text: `${workspaceId}: ${name}` }),
    },
    raw: null,
    previews: {
      find: async (text) => (text.includes('https://') ? card : null),
      thumbnail: async () => 'thumbnail',
    },
    messages: { find: async (_key, id) => kept.find(({ messageId }) => messageId === id) ?? null },
    history: { about: async (_key, id) => (id === 'GONE' ? [{ ...deletion, seq: 1 }] : []) },
    identities,
    clock,
  });
  const recipient = { input: to, chatId: to, phone: null, lid: null };
  return composer.compose(contentFromSend({ to, ...body }), {
    session,
    to: recipient,
    folder: desk.folder,
  });
}
