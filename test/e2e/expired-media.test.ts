import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountHandle } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchFile, type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';
import { redPng } from '../support/pictures.ts';

/** Files that WhatsApp's media servers have dropped, and that the own phone may still have. */
describe('an expired file', () => {
  let world: PairedGateway;
  let john: AccountHandle;
  let bytes: Buffer;

  beforeAll(async () => {
    world = await startPairedGateway();
    john = world.simulator.accounts.create({ phone: '5511888888888', name: 'John' });
    bytes = await redPng();
    await setPolicy('never');
  });
  afterAll(() => world.close());

  async function setPolicy(download: 'never' | 'always'): Promise<void> {
    const policy = { download, kinds: [], maxBytes: 0, keepDays: 1, quotaBytes: 1_000_000 };
    const { status } = await world.gateway.call('PUT', '/sessions/shop/media-policy', policy);
    expect(status).toBe(200);
  }

  const messagePath = (id: string) => `/sessions/shop/messages/${id}`;
  const file = (id: string) => fetchFile(world.gateway, `${messagePath(id)}/media`);
  const fetched = (id: string) => world.gateway.call('POST', `${messagePath(id)}/media`);
  const timesAsked = (id: string) =>
    world.simulator.ledger.count({ tag: 'receipt', type: 'server-error', id, event: 'accepted' });

  async function received(chat: string): Promise<string> {
    const { id } = await john.phone.send(chat, {
      type: 'image',
      media: { bytes },
      mimetype: 'image/png',
    });
    const isStored = async () => (await world.gateway.call('GET', messagePath(id))).status;
    await expect.poll(isStored).toBe(200);
    return id;
  }

  /** A picture whose file is gone before anybody has fetched it. */
  async function expired(chat = world.shop.jid): Promise<string> {
    const id = await received(chat);
    const { message } = await world.shop.phone.waitForMessage((one) => one.id === id);
    world.simulator.media.expire(message.imageMessage?.directPath ?? '');
    return id;
  }

  it('is uploaded again by the phone, and its new place outlives the process', async () => {
    const id = await expired();
    for (const answer of await Promise.all([file(id), file(id)])) {
      expect(answer.status).toBe(200);
      expect(answer.bytes.equals(bytes)).toBe(true);
    }
    await world.gateway.end('SIGKILL');
    await rm(join(world.gateway.dataDir, 'media'), { recursive: true });
    await world.gateway.start();
    await world.gateway.waitForStatus('shop', 'open');
    expect(await fetched(id)).toMatchObject({
      status: 200,
      body: { messageId: id, mimetype: 'image/png', fileName: 'file.png', size: bytes.length },
    });
    expect(timesAsked(id)).toBe(1);
  });

  it('is found again in groups, too', async () => {
    const group = world.simulator.groups.create(john, 'Trade', [world.shop]);
    const id = await expired(group.jid);
    expect((await file(id)).bytes.equals(bytes)).toBe(true);
  });

  it('is found again without being asked for, where the session wants all files', async () => {
    await setPolicy('always');
    world.simulator.media.fail({ kind: 'gone', times: 1 });
    const id = await received(world.shop.jid);
    await world.simulator.ledger.waitFor({ type: 'mediaretry', id, event: 'confirmed' });
    expect((await file(id)).status).toBe(200);
    expect(timesAsked(id)).toBe(1);
    await setPolicy('never');
  });

  it('stays lost when the phone has deleted it', async () => {
    world.shop.phone.habits.keepsMedia = false;
    const { status, body } = await fetched(await expired());
    expect([status, body]).toMatchObject([410, { code: 'media_gone', retryable: false }]);
    world.shop.phone.habits.keepsMedia = true;
  });

  it('is waited for 20 seconds when the phone says nothing', async () => {
    const id = await expired();
    world.shop.phone.habits.answersDevices = false;
    const { status, body } = await fetched(id);
    expect([status, body]).toMatchObject([504, { code: 'reupload_timeout', retryable: true }]);
    world.shop.phone.habits.answersDevices = true;
  });

  it('cannot be asked for while the session is not connected', async () => {
    const id = await expired();
    await world.gateway.call('POST', '/sessions/shop/stop');
    await world.gateway.waitForStatus('shop', 'close');
    const { status, body } = await fetched(id);
    expect([status, body]).toMatchObject([503, { code: 'whatsapp_unreachable' }]);
    await world.gateway.call('POST', '/sessions/shop/start');
    await world.gateway.waitForStatus('shop', 'open');
    expect((await fetched(id)).status).toBe(200);
    world.simulator.violations.assertNone();
  });
});
