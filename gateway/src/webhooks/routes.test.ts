import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import {
  closeAll,
  ending,
  type House,
  message,
  newFolder,
  openHouse,
  until,
} from './testing/house.ts';
import { ok, type Receiver, startReceiver } from './testing/receiver.ts';
import { type Served, serve } from './testing/served.ts';

let inbox: Receiver;
let house: House;
let api: Served;

beforeEach(async () => {
  inbox = ending(await startReceiver(), (made) => made.close());
  house = await openHouse(openUnsynced, await newFolder(), {
    environment: { messagesUrl: inbox.url, user: 'n8n', password: 'hidden-password' },
  });
  api = await serve(house);
});
afterEach(closeAll);

/** Makes an endpoint and returns its id and secret. */
async function create(body: object = {}) {
  const { status, body: made } = await api.call('POST', '/webhooks', { url: inbox.url, ...body });
  expect(status).toBe(201);
  return made as { id: string; secret: string };
}

const path = (id: string, rest = '') => `/webhooks/${id}${rest}`;

async function deliveries(id: string, query = '') {
  const { body } = await api.call('GET', path(id, `/deliveries${query}`));
  return body as { deliveries: Record<string, unknown>[]; next: string | null };
}

describe('endpoints over HTTP', () => {
  it('are made with defaults, shown without secrets, changed and removed', async () => {
    const auth = { type: 'basic', user: 'me', password: 'hidden-password' };
    const headers = { 'x-tenant': 'hidden-header' };
    const { id, secret } = await create({ name: 'CRM', auth, headers });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await api.call('GET', path(id));
    expect(shown.body).toMatchObject({
      id,
      name: 'CRM',
      url: inbox.url,
      readOnly: false,
      form: 'standard',
      events: ['*'],
      auth: 'basic',
      headerNames: ['x-tenant'],
      signed: true,
      active: true,
      health: { state: 'healthy', failures: 0 },
    });
    const list = await api.call('GET', '/webhooks');
    expect(list.body).toHaveLength(2);
    expect(JSON.stringify([shown, list])).not.toMatch(/whsec_|hidden/);
    const changed = await api.call('PATCH', path(id), { events: ['message.*'], auth: null });
    expect(changed.body).toMatchObject({ name: 'CRM', events: ['message.*'], auth: 'none' });
    expect(await api.call('DELETE', path(id))).toMatchObject({ status: 200, body: { id } });
    expect(await api.call('GET', path(id))).toMatchObject({
      status: 404,
      body: { code: 'endpoint_not_found' },
    });
    expect(await house.storage.webhooks.endpoints()).toEqual([]);
  });

  it('outlive a restart', async () => {
    const settings = { join: { quietMs: 500, maxMs: 1_000 }, ratePerSecond: 5, sessions: ['a'] };
    const { id } = await create(settings);
    const [saved] = await house.storage.webhooks.endpoints();
    expect(saved).toMatchObject({ id, settings });
  });

  it('of the environment are shown and cannot be changed', async () => {
    const id = 'environment-messages';
    expect((await api.call('GET', path(id))).body).toMatchObject({
      readOnly: true,
      form: 'classic',
      auth: 'basic',
      events: ['messages.upsert'],
    });
    for (const [method, rest, body] of [
      ['PATCH', '', { active: false }],
      ['DELETE', '', undefined],
      ['POST', '/rotate-secret', {}],
    ] as const) {
      const { status, body: problem } = await api.call(method, path(id, rest), body);
      expect([status, problem.code]).toEqual([409, 'endpoint_read_only']);
    }
  });

  it('belong to their workspace', async () => {
    const { id } = await create();
    expect((await api.call('GET', '/webhooks', undefined, 'other')).body).toEqual([]);
    for (const [method, rest, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { active: false }],
      ['DELETE', '', undefined],
      ['POST', '/rotate-secret', {}],
      ['POST', '/test', undefined],
      ['GET', '/deliveries', undefined],
      ['POST', '/deliveries/replay', { state: 'failed' }],
    ] as const) {
      for (const foreign of [id, 'environment-messages']) {
        const reply = await api.call(method, path(foreign, rest), body, 'other');
        expect([method, rest, reply.status]).toEqual([method, rest, 404]);
      }
    }
  });

  it.each<[string, object, string, string]>([
    ['no URL', { url: undefined }, 'missing_field', '/url'],
    ['another protocol', { url: 'ftp://example.org/' }, 'invalid_request', '/url'],
    ['metadata', { url: 'http://169.254.169.254/' }, 'url_not_allowed', '/url'],
    ['a user in the URL', { url: 'http://a:b@example.org/' }, 'url_not_allowed', '/url'],
    ['an unknown event', { events: ['message.recieved'] }, 'invalid_request', '/events/0'],
    ['no event', { events: [] }, 'invalid_request', '/events'],
    ['an unknown field', { colour: 'red' }, 'unknown_field', '/colour'],
    [
      'a taken header',
      { headers: { 'Webhook-Id': 'x' } },
      'invalid_request',
      '/headers/Webhook-Id',
    ],
    ['a split header', { headers: { 'x-a': 'b\r\nc: d' } }, 'invalid_request', '/headers/x-a'],
    ['a weak secret', { secret: 'whsec_c2hvcnQ=' }, 'invalid_request', '/secret'],
    ['a long timeout', { timeoutMs: 60_000 }, 'invalid_request', '/timeoutMs'],
    ['a backward join', { join: { quietMs: 900, maxMs: 600 } }, 'invalid_request', '/join'],
    ['a wrong type', { active: 'yes' }, 'wrong_type', '/active'],
  ])('are refused with %s', async (_what, input, code, field) => {
    const { status, body } = await api.call('POST', '/webhooks', { url: inbox.url, ...input });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toMatchObject({ code, errors: [{ field }] });
    expect(await house.storage.webhooks.endpoints()).toEqual([]);
  });

  it('are tested at once, and the answer is shown', async () => {
    const { id, secret } = await create();
    const good = await api.call('POST', path(id, '/test'));
    expect(good.body).toMatchObject({ success: true, attempt: { status: 200, errorStage: null } });
    const [test] = inbox.received;
    expect(test?.body).toMatchObject({ event: 'webhook.test', data: { endpointId: id } });
    new Webhook(secret).verify(test?.rawBody ?? '', test?.headers as Record<string, string>);
    inbox.answering = (response) => void response.writeHead(500).end('broken');
    const bad = await api.call('POST', path(id, '/test'));
    expect(bad.body).toMatchObject({
      success: false,
      attempt: { status: 500, errorStage: 'status', response: 'broken' },
    });
    expect((await deliveries(id)).deliveries).toEqual([]);
  });

  it('get a new secret while the old one still signs', async () => {
    const { id, secret } = await create({ events: ['message.*'] });
    const { status, body } = await api.call('POST', path(id, '/rotate-secret'));
    expect([status, body.secret === secret]).toEqual([200, false]);
    expect(body.previousSecretUntil).toEqual(expect.any(String));
    await house.events.report([message('hello', 'john', { event: 'message.sent' })]);
    await inbox.waitFor(1);
    const [{ rawBody, headers } = { rawBody: '', headers: {} }] = inbox.received;
    for (const each of [secret, String(body.secret)]) {
      expect(new Webhook(each).verify(rawBody, headers as Record<string, string>)).toBeTruthy();
    }
    const now = await api.call('POST', path(id, '/rotate-secret'), { overlapSeconds: 0 });
    expect(now.body.previousSecretUntil).toBeNull();
  });
});

describe('deliveries over HTTP', () => {
  const sent = { event: 'message.sent' };

  async function settled(id: string) {
    const pending = async () => (await deliveries(id, '?state=pending')).deliveries.length;
    await until(async () => (await pending()) === 0);
  }

  it('are listed page by page, filtered, and shown one by one', async () => {
    const { id } = await create();
    await house.events.report([
      message('a', 'john', sent),
      message('b', 'ana', sent),
      message('c', 'john', { event: 'message.read' }),
    ]);
    await settled(id);
    const first = await deliveries(id, '?limit=2');
    expect(first.deliveries.map(({ event }) => event)).toEqual(['message.read', 'message.sent']);
    const second = await deliveries(id, `?limit=2&before=${first.next}`);
    expect(second).toMatchObject({ deliveries: [{ event: 'message.sent' }], next: null });
    expect(second.deliveries[0]).toMatchObject({
      state: 'delivered',
      sessionId: 'support',
      nextAttemptAt: null,
      attempts: [{ number: 1, status: 200, errorStage: null, response: '' }],
    });
    const inChat = await deliveries(id, '?sessionId=support&chatId=ana@s.whatsapp.net');
    expect(inChat.deliveries).toHaveLength(1);
    expect((await deliveries(id, '?event=message.*&state=failed')).deliveries).toEqual([]);
    expect((await deliveries(id, '?from=2100-01-01T00:00:00Z')).deliveries).toEqual([]);
    expect((await deliveries(id, '?to=2100-01-01T00:00:00Z')).deliveries).toHaveLength(3);
    const one = String(first.deliveries[0]?.id);
    expect((await api.call('GET', path(id, `/deliveries/${one}`))).body.id).toBe(one);
    const none = await api.call('GET', path(id, '/deliveries/none'));
    expect(none.body.code).toBe('delivery_not_found');
    const half = await api.call('GET', path(id, '/deliveries?chatId=x'));
    expect(half.body.code).toBe('invalid_request');
  });

  it('are counted and made again', async () => {
    const { id } = await create({ retryDelaysMs: [] });
    inbox.answering = (response) => void response.writeHead(500).end();
    await house.events.report([message('a', 'john', sent), message('b', 'ana', sent)]);
    await settled(id);
    inbox.answering = ok;
    const replay = (body: object) => api.call('POST', path(id, '/deliveries/replay'), body);
    expect((await replay({ event: 'message.*', dryRun: true })).body).toEqual({
      count: 2,
      dryRun: true,
    });
    expect((await replay({ from: '2100-01-01T00:00:00Z', dryRun: true })).body.count).toBe(0);
    expect((await replay({})).body.code).toBe('invalid_request');
    expect(inbox.received).toHaveLength(2);
    const failed = await deliveries(id, '?state=failed');
    const one = String(failed.deliveries[0]?.id);
    await api.call('POST', path(id, `/deliveries/${one}/replay`));
    await settled(id);
    expect((await deliveries(id, '?state=failed')).deliveries).toHaveLength(1);
    expect((await replay({ state: 'failed' })).body).toEqual({ count: 1, dryRun: false });
    await settled(id);
    expect((await deliveries(id, '?state=delivered')).deliveries).toHaveLength(2);
    const ids = inbox.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(2);
  });
});
