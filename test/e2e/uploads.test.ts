import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';

/** Files handed over in forms: uploaded first and sent by their id, or with the send itself. */
describe('a file in a form', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let john: AccountHandle;
  let picture: Uint8Array<ArrayBuffer>;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 21 });
    const shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    gateway = await GatewayProcess.prepare(simulator);
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
    const red = { width: 64, height: 48, channels: 3, background: 'red' } as const;
    picture = new Uint8Array(await sharp({ create: red }).png().toBuffer());
  });

  afterAll(async () => {
    await gateway.dispose();
    await simulator.close();
  });

  const file = (name = 'file', bytes: Uint8Array<ArrayBuffer> = picture) =>
    [name, new File([bytes], 'red.png', { type: 'image/png' })] as const;

  async function post(
    path: string,
    parts: readonly (readonly [string, string | File])[],
    more: Record<string, string> = {},
  ) {
    const body = new FormData();
    for (const [name, value] of parts) body.append(name, value);
    const headers = { authorization: `Bearer ${OPERATOR_KEY}`, ...more };
    const answer = await fetch(`${gateway.url}/sessions/shop${path}`, {
      method: 'POST',
      headers,
      body,
    });
    return {
      status: answer.status,
      headers: answer.headers,
      body: JSON.parse(await answer.text()),
    };
  }

  /** Files go when the connection has heard the answer, an instant after the client has. */
  const emptied = () =>
    expect.poll(() => readdir(join(gateway.dataDir, 'uploads', '1'))).toEqual([]);

  async function pictureSent({ status, body }: Awaited<ReturnType<typeof post>>) {
    expect([status, body]).toMatchObject([200, { success: true, status: 'sent' }]);
    const { message } = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    return message.imageMessage ?? message.viewOnceMessage?.message?.imageMessage;
  }

  it('is uploaded once and sent as often as wanted, also after a restart', async () => {
    const uploaded = await post('/media?type=image', [file()]);
    expect([uploaded.status, uploaded.body]).toEqual([
      201,
      {
        mediaId: expect.any(String),
        mimetype: 'image/png',
        fileName: 'red.png',
        size: picture.length,
        sha256: createHash('sha256').update(picture).digest('hex'),
        expiresAt: expect.any(String),
      },
    ]);
    const { mediaId } = uploaded.body;
    const image = { to: john.number, image: { mediaId, caption: 'Red' } };
    const first = await gateway.call('POST', '/sessions/shop/send', image);
    expect(first.status).toBe(200);
    await gateway.end('SIGKILL');
    await gateway.start();
    await gateway.waitForStatus('shop', 'open');
    const flat = { to: john.number, mediaId };
    const again = await gateway.call('POST', '/sessions/shop/messages/image', flat);
    expect(again.status).toBe(200);
    for (const { body } of [first, again]) {
      const got = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
      expect(got.message.imageMessage).toMatchObject({ width: 64, height: 48 });
    }
    expect((await gateway.call('DELETE', `/sessions/shop/media/${mediaId}`)).status).toBe(200);
    const gone = await gateway.call('POST', '/sessions/shop/messages/image', flat);
    expect([gone.status, gone.body]).toMatchObject([
      404,
      { code: 'upload_not_found', errors: [{ field: '/mediaId' }] },
    ]);
  });

  it('goes with the send itself, in either form of the route', async () => {
    const fields = [
      ['to', john.number],
      ['caption', '42'],
    ] as const;
    const flat = await post('/messages/image', [...fields, ['viewOnce', 'true'], file()]);
    expect(await pictureSent(flat)).toMatchObject({ caption: '42', viewOnce: true });
    // The file may stand before the fields that say what is to be done with it.
    const keyed = await post('/send', [file('image'), ...fields]);
    expect(await pictureSent(keyed)).toMatchObject({ caption: '42', width: 64 });
    await emptied();
  });

  it('is the same request when it comes again under the same key', async () => {
    const parts = [['to', john.number], file('image')] as const;
    const key = { 'idempotency-key': 'order-1' };
    const first = await post('/send', parts, key);
    const second = await post('/send', parts, key);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body['messageId']).toBe(first.body['messageId']);
    const other = await post('/send', [...parts, ['caption', 'Other']], key);
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency_key_reused']);
  });

  it.each([
    ['no file', '/media', [['note', 'x']], 400, 'missing_field'],
    [
      'no file where media is sent',
      '/messages/image',
      [['to', '5511888888888']],
      400,
      'missing_field',
    ],
    ['two files', '/media', () => [file(), file('other')], 400, 'invalid_media'],
    ['a part that means nothing', '/send', () => [file('file')], 400, 'unknown_field'],
    ['a file for a text', '/messages/text', () => [file()], 400, 'unknown_field'],
    ['another type', '/media?type=video', () => [file()], 422, 'media_wrong_type'],
    [
      'a file that is too large',
      '/media?type=sticker',
      () => [file('file', new Uint8Array(5 * 1024 * 1024))],
      422,
      'media_too_large',
    ],
    ['an empty file', '/media', () => [file('file', new Uint8Array())], 400, 'invalid_media'],
    ['an unknown session', '/../nobody/media', () => [file()], 404, 'session_not_found'],
    ['a form where JSON is wanted', '/pacing', () => [file()], 404, 'route_not_found'],
    ['a form where only JSON is read', '/start', () => [file()], 415, 'unsupported_media_type'],
  ] as const)('is refused with %s', async (_title, path, parts, status, code) => {
    const given = typeof parts === 'function' ? parts() : parts;
    const { status: seen, body } = await post(path, given);
    expect([seen, body['code']], JSON.stringify(body)).toEqual([status, code]);
    await emptied();
  });

  it('is refused by the name of its part', async () => {
    const text = new Uint8Array(Buffer.from('no picture'));
    const to = ['to', john.number] as const;
    const thumbnail = file('thumbnail');
    const table = [
      ['/send', [to, file('image', text)], '/image'],
      ['/messages/image', [to, file('image', text)], '/image'],
      ['/messages/image', [to, file('file', text)], '/file'],
      ['/messages/image', [to, file(), thumbnail], '/thumbnail'],
      ['/messages/image', [to, thumbnail, file()], '/thumbnail'],
      ['/send', [to, file('image'), thumbnail], '/thumbnail'],
      ['/media', [file(), thumbnail], '/thumbnail'],
      ['/media?type=image', [file('photo', text)], '/photo'],
    ] as const;
    for (const [path, parts, field] of table) {
      const { body } = await post(path, parts);
      const names = parts.map(([name]) => name);
      expect([path, names, body['errors'][0].field]).toEqual([path, names, field]);
    }
    await emptied();
  });

  it('is refused when it is no form at all', async () => {
    const json = await gateway.call('POST', '/sessions/shop/media', { url: 'https://example.com' });
    expect([json.status, json.body['code']]).toEqual([415, 'unsupported_media_type']);
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x']) {
      const answer = await fetch(`${gateway.url}/sessions/shop/media`, {
        method: 'POST',
        headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': type },
        body: 'nonsense',
      });
      expect([answer.status, await answer.json()]).toMatchObject([400, { retryable: false }]);
    }
    expect((await gateway.call('GET', '/sessions/shop/status')).body['status']).toBe('open');
  });
});
