import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';
import { createPictureServer, type PictureServer, redPng } from '../support/pictures.ts';

interface ProblemBody {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

const authorized = { authorization: `Bearer ${OPERATOR_KEY}` };

describe('bad input', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let pictures: PictureServer;
  let john: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 11 });
    pictures = await createPictureServer();
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    const shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    gateway = await GatewayProcess.prepare(simulator, { OUTBOUND_ALLOW: '127.0.0.0/8' });
    await gateway.start();
    const started = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(started.body['qr']));
    await gateway.waitForStatus('shop', 'open');
    await gateway.call('POST', '/sessions/unscanned/start');
  });

  afterAll(async () => {
    await gateway.dispose();
    await pictures.close();
    await simulator.close();
  });

  async function refused(path: string, body: unknown, raw?: RequestInit): Promise<ProblemBody> {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { ...authorized, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...raw,
    });
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const problem = (await response.json()) as ProblemBody;
    expect(problem).toMatchObject({
      type: `urn:whatsapp-gateway:problem:${problem.code}`,
      status: response.status,
      title: expect.any(String),
      detail: expect.any(String),
    });
    expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts:|\.js:|at \w+ \(/);
    return problem;
  }

  const to = '5511888888888';

  it.each([
    ['text is empty', { to, text: '' }, 400, 'empty_text'],
    ['text is blank', { to, text: ' \n\t ' }, 400, 'empty_text'],
    ['text is too long', { to, text: 'x'.repeat(65_537) }, 400, 'text_too_long'],
    ['text is a number', { to, text: 5 }, 400, 'wrong_type'],
    ['raw is not allowed', { to, raw: { conversation: 'x' } }, 403, 'raw_not_allowed'],
    ['to is missing', { text: 'hi' }, 400, 'missing_field'],
    ['to is no address', { to: 'not a number', text: 'hi' }, 400, 'invalid_recipient'],
    ['to is too short', { to: '123', text: 'hi' }, 400, 'invalid_recipient'],
    ['nobody has the number', { to: '4915112345678', text: 'hi' }, 422, 'recipient_not_found'],
    ['nothing is sent', { to }, 400, 'content_missing'],
    [
      'two things are sent',
      { to, text: 'a', image: { url: 'http://x.y/z.png' } },
      400,
      'content_ambiguous',
    ],
    ['a field is unknown', { to, text: 'hi', txt: 'hi' }, 400, 'unknown_field'],
    ['an image has no source', { to, image: { caption: 'x' } }, 400, 'missing_field'],
    ['the body is a list', [], 400, 'wrong_type'],
  ])('%s', async (_name, body, status, code) => {
    const problem = await refused('/sessions/shop/send', body);
    expect([problem.code, problem.status]).toEqual([code, status]);
  });

  it('takes a text of the greatest length', async () => {
    const text = 'x'.repeat(65_536);
    const { status, body } = await gateway.call('POST', '/sessions/shop/send', { to, text });
    expect(status).toBe(200);
    await john.phone.waitForMessage(({ id }) => id === body['messageId']);
  });

  it.each([
    ['/missing.png', 422, 'media_not_found'],
    ['/broken.png', 422, 'media_fetch_failed'],
    ['/page.png', 422, 'media_wrong_type'],
    ['/lying.png', 422, 'media_wrong_type'],
    ['/endless.png', 422, 'media_too_large'],
    ['/announced-large.png', 422, 'media_too_large'],
    ['/to-metadata.png', 422, 'url_not_allowed'],
  ])('an image URL that leads to %s', async (path, status, code) => {
    const problem = await refused('/sessions/shop/send', {
      to,
      image: { url: pictures.url + path },
    });
    expect([problem.code, problem.status]).toEqual([code, status]);
    expect(problem.errors?.[0]?.field).toContain('image');
  });

  it.each(['http://10.0.0.1/a.png', 'http://[::ffff:10.0.0.1]/a.png', 'http://0x0a000001/a.png'])(
    'an image URL into a private network: %s',
    async (url) => {
      const problem = await refused('/sessions/shop/send', { to, image: { url } });
      expect([problem.code, problem.status]).toEqual(['url_not_allowed', 422]);
    },
  );

  it('an image that is no image, as data URL', async () => {
    const url = `data:image/png;base64,${Buffer.from('<svg onload=alert(1)>').toString('base64')}`;
    expect((await refused('/sessions/shop/send', { to, image: { url } })).code).toBe(
      'media_wrong_type',
    );
  });

  it('bodies that are not JSON, too large, or of another type', async () => {
    const path = '/sessions/shop/send';
    expect(await refused(path, '{"to": ')).toMatchObject({ code: 'invalid_json', status: 400 });
    expect(await refused(path, '')).toMatchObject({ code: 'wrong_type', status: 400 });
    expect(await refused(path, `{"to":"${to}","text":"${'x'.repeat(26_000_000)}"}`)).toMatchObject({
      code: 'payload_too_large',
      status: 413,
    });
    const xml = { headers: { ...authorized, 'content-type': 'application/xml' } };
    expect(await refused(path, '<to/>', xml)).toMatchObject({
      code: 'unsupported_media_type',
      status: 415,
    });
  });

  it.each(['..%2f..%2fetc', 'a%20b', 'caf%C3%A9', 'x'.repeat(65), '%00', 'a.b'])(
    'the session id %s',
    async (id) => {
      for (const path of [`/sessions/${id}/start`, `/sessions/${id}/send`]) {
        const problem = await refused(path, { to, text: 'hi' });
        expect([problem.code, problem.status]).toEqual(['invalid_session_id', 400]);
      }
    },
  );

  it('a session that nobody made, and one that is not paired', async () => {
    const nobody = await refused('/sessions/nobody/send', { to, text: 'hi' });
    expect([nobody.code, nobody.status]).toEqual(['session_not_found', 404]);
    const unscanned = await refused('/sessions/unscanned/send', { to, text: 'hi' });
    expect([unscanned.code, unscanned.status]).toEqual(['session_not_open', 409]);
    for (const path of ['/sessions/nobody/status', '/sessions/nobody/qr', '/no/such/route']) {
      expect((await gateway.call('GET', path)).status).toBe(404);
    }
  });

  it('answers under every form of the path, and under no other workspace', async () => {
    for (const prefix of ['', '/api', '/workspaces/default/proxy/api']) {
      const { status, body } = await gateway.call('GET', `${prefix}/sessions/shop/status`);
      expect([status, body['status']]).toEqual([200, 'open']);
    }
    const other = await gateway.call('GET', '/workspaces/other/proxy/api/sessions/shop/status');
    expect(other.status).toBe(404);
  });

  it('leaves no file and no half-sent message behind', async () => {
    await refused('/sessions/shop/send', { to, image: { url: `${pictures.url}/lying.png` } });
    expect(await readdir(join(gateway.dataDir, 'outgoing'))).toEqual([]);
    expect(john.phone.records.received).toHaveLength(1);
    const png = await redPng();
    const good = await gateway.call('POST', '/sessions/shop/messages/image', {
      to,
      url: `data:image/png;base64,${png.toString('base64')}`,
    });
    expect(good.status).toBe(200);
    await expect.poll(() => readdir(join(gateway.dataDir, 'outgoing'))).toEqual([]);
  });
});
