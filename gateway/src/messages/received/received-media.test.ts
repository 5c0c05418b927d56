import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { Download, NotSaved } from '../../net/download.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { MessageRecord } from '../store.ts';
import { DEFAULT_MEDIA_POLICY, type MediaPolicy } from './policy.ts';
import { createReceivedMedia, type ReceivedMedia } from './received-media.ts';
import { whatsappMediaUrl } from './reference.ts';
import type { Moved } from './reupload.ts';
import { encryptMedia, imageContent } from './testing.ts';
import { createVault } from './vault.ts';
import { createWebhookMedia } from './webhook-media.ts';

const HOST = 'https://mmg.whatsapp.net';
const PICTURE = Buffer.alloc(1_000, 'picture');
const encrypted = encryptMedia(PICTURE);
const session = { key: 7, id: 'shop' } as SessionRecord;
const message = {
  messageId: 'M1',
  type: 'image',
  data: { hasMedia: true },
  encoded: Buffer.from('encoded'),
} as unknown as MessageRecord;

let folder: string;
let media: ReceivedMedia;
let clock: VirtualClock;
let phone: Moved;
let phoneAsked: string[];
let answers: (Buffer | NotSaved['reason'] | Pick<NotSaved, 'reason' | 'status'>)[];
let asked: string[];
let policy: MediaPolicy | null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'received-'));
  clock = new VirtualClock();
  asked = [];
  phone = { kind: 'not_found' };
  phoneAsked = [];
  answers = [encrypted.bytes];
  policy = null;
  let id = 0;
  const download: Download = async (url, file) => {
    asked.push(url);
    const answer = answers.shift() ?? 'connect';
    if (!Buffer.isBuffer(answer)) {
      const failure = typeof answer === 'string' ? { reason: answer, status: null } : answer;
      return { kind: 'not_saved', ...failure, message: 'it failed' };
    }
    await writeFile(file, answer);
    return { kind: 'saved', bytes: answer.length, mediaType: '', fileName: null };
  };
  media = createReceivedMedia({
    downloadFor: async () => download,
    locate: whatsappMediaUrl,
    askPhone: async (_key, messageId) => {
      phoneAsked.push(messageId);
      return phone;
    },
    vault: createVault(folder, () => `id${++id}`),
    messages: { find: async (_key, messageId) => (messageId === 'M1' ? message : null) },
    policies: {
      load: async () => policy,
      save: async (_key, wanted) => void (policy = wanted),
    },
    codec: { decode: () => imageContent(encrypted) },
    linkSecret: Buffer.alloc(32),
    clock,
    logger: silentLogger,
  });
});
afterEach(async () => {
  await media.stop();
  await rm(folder, { recursive: true });
});

const filesLeft = async () => (await readdir(join(folder, '7'))).length;

describe('open', () => {
  it('fetches once, however many ask, and then reads from disk', async () => {
    const opened = await Promise.all([media.open(7, 'M1'), media.open(7, 'M1')]);
    const again = await media.open(7, 'M1');
    expect(await readFile(again.file.path)).toEqual(PICTURE);
    expect(opened[0]).toEqual(again);
    expect(again).toMatchObject({ mimetype: 'image/jpeg', fileName: 'file.jpg' });
    expect(asked).toEqual([`${HOST}/v/file.enc`]);
    expect(await filesLeft()).toBe(1);
  });

  it.each([
    ['connect', 'whatsapp_unreachable'],
    ['blocked', 'whatsapp_unreachable'],
    [Buffer.from('something else that is long enough to be decrypted'), 'media_damaged'],
  ] as const)('says why it cannot: %s', async (answer, code) => {
    answers = [answer];
    await expect(media.open(7, 'M1')).rejects.toMatchObject({ code });
    expect(await filesLeft()).toBe(0);
    answers = [encrypted.bytes];
    await expect(media.open(7, 'M1')).resolves.toBeDefined();
  });

  it('knows no media of unknown messages', async () => {
    await expect(media.open(7, 'M2')).rejects.toMatchObject({ code: 'message_not_found' });
  });
});

describe('what WhatsApp has dropped', () => {
  const moved: Moved = { kind: 'moved', directPath: '/v/again.enc' };

  it.each(['not_found', { reason: 'http_error', status: 403 }] as const)(
    'is asked of the phone, and fetched from its new place: %o',
    async (answer) => {
      phone = moved;
      answers = [answer, encrypted.bytes];
      const opened = await Promise.all([media.open(7, 'M1'), media.open(7, 'M1')]);
      expect(await readFile(opened[1].file.path)).toEqual(PICTURE);
      expect(phoneAsked).toEqual(['M1']);
      expect(asked).toEqual(['/v/file.enc', '/v/again.enc'].map((path) => HOST + path));
    },
  );

  it('is asked of the phone once, even if it is lost again', async () => {
    phone = moved;
    answers = ['not_found', 'not_found'];
    await expect(media.open(7, 'M1')).rejects.toMatchObject({ code: 'reupload_failed' });
    expect([phoneAsked.length, asked.length, await filesLeft()]).toEqual([1, 2, 0]);
  });

  it.each([
    ['not_found', 'media_gone'],
    ['failed', 'reupload_failed'],
    ['unanswered', 'reupload_timeout'],
    ['offline', 'whatsapp_unreachable'],
  ] as const)('is a problem when the phone answers: %s', async (kind, code) => {
    phone = { kind };
    answers = ['not_found'];
    await expect(media.open(7, 'M1')).rejects.toMatchObject({ code });
  });

  it('does not trouble the phone for other failures', async () => {
    answers = [{ reason: 'http_error', status: 500 }];
    await expect(media.open(7, 'M1')).rejects.toMatchObject({ code: 'whatsapp_unreachable' });
    expect(phoneAsked).toEqual([]);
  });
});

describe('what comes in', () => {
  const settle = () => clock.advance(0);

  it('is fetched by itself', async () => {
    media.noticed(session, message);
    await settle();
    await media.stop();
    expect(asked).toHaveLength(1);
    expect(await filesLeft()).toBe(1);
  });

  it('is left alone where the session wants that, and without media', async () => {
    await media.setPolicy(7, { ...DEFAULT_MEDIA_POLICY, download: 'never' });
    media.noticed(session, message);
    await media.setPolicy(7, DEFAULT_MEDIA_POLICY);
    media.noticed(session, { ...message, data: { hasMedia: false } });
    await settle();
    await media.stop();
    expect(asked.length).toBeLessThanOrEqual(1);
  });
});

describe('createWebhookMedia', () => {
  const webhook = () =>
    createWebhookMedia({
      media,
      session: (workspaceId, id) => {
        if (workspaceId !== 'default' || id !== 'shop') throw new Error('gone');
        return session;
      },
      baseUrl: () => 'https://gateway.example',
      clock,
    });
  const ref = { workspaceId: 'default', sessionId: 'shop', messageId: 'M1' };

  it('gives a link that opens the file for a week', async () => {
    const link = await webhook().link(ref);
    const token = link?.url.replace('https://gateway.example/media/', '') ?? '';
    expect(media.links.read(token, clock.now())).toEqual({ key: 7, messageId: 'M1' });
    expect(link?.expiresAtMs).toBe(clock.now() + 7 * 86_400_000);
    expect(await webhook().link({ ...ref, workspaceId: 'other' })).toBeNull();
  });

  it('reads the file up to a size', async () => {
    answers = [encrypted.bytes, encrypted.bytes];
    expect(await webhook().read(ref, 1_000)).toEqual({
      bytes: PICTURE,
      mimetype: 'image/jpeg',
      fileName: 'file.jpg',
    });
    expect(await webhook().read(ref, 999)).toBeNull();
    expect(await webhook().read({ ...ref, messageId: 'M2' }, 1_000)).toBeNull();
    expect(await webhook().read({ ...ref, sessionId: 'other' }, 1_000)).toBeNull();
  });
});
