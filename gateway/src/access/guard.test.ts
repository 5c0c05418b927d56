import { afterEach, describe, expect, it } from 'vitest';
import { createHttp } from '../http/app.ts';
import { silentLogger } from '../kernel/logger.ts';
import { createFixture, type Fixture, OPERATOR_KEY } from './fixture.ts';
import { hashKey, prefixOf } from './key.ts';

let fixture: Fixture;
afterEach(() => fixture.close());

const localhost = { host: 'localhost:3000' };

describe('a route that asks for nothing', () => {
  it('keeps the app from starting', async () => {
    fixture = await createFixture();
    const app = await createHttp({
      logger: silentLogger,
      ids: () => 'id',
      version: '1.2.3',
      trustedProxies: [],
      guard: fixture.access.guard,
      system: [(app) => app.get('/open', async () => 'open')],
      workspace: [(app) => app.post('/sessions/:id/oops', { config: {} }, async () => 'open')],
    });
    await expect(app.ready()).rejects.toThrow(
      /GET \/open, HEAD \/open, POST \/sessions\/:id\/oops, POST \/api\/sessions/,
    );
    await app.close();
  });
});

describe('without a key', () => {
  it('answers 401 and says how to do better, the same for what exists and what does not', async () => {
    fixture = await createFixture();
    for (const url of ['/sessions', '/webhooks', '/workspaces/nobody/proxy/api/sessions']) {
      const { status, json, headers } = await fixture.call('GET', url, { as: null });
      expect({ status, code: json.code }).toEqual({ status: 401, code: 'key_missing' });
      expect(headers['www-authenticate']).toContain('Bearer');
    }
  });

  it('lets public routes through, and 404 for what is no route', async () => {
    fixture = await createFixture();
    expect((await fixture.call('GET', '/health', { as: null })).status).toBe(200);
    expect((await fixture.call('GET', '/nothing', { as: null })).json.code).toBe('route_not_found');
  });

  it('works from the machine itself where the mode allows it, and nowhere else', async () => {
    fixture = await createFixture({ mode: 'local' });
    const from = '127.0.0.1';
    const ask = async (change: object) =>
      (await fixture.call('GET', '/sessions', { as: null, from, headers: localhost, ...change }))
        .status;
    expect(await ask({})).toBe(200);
    expect(await ask({ from: '192.168.1.9' })).toBe(401);
    expect(await ask({ headers: { host: 'evil.example' } })).toBe(401);
    expect(await ask({ headers: { ...localhost, 'x-forwarded-for': '203.0.113.1' } })).toBe(401);
    expect(await ask({ headers: { ...localhost, origin: 'https://evil.example' } })).toBe(401);
    expect(await ask({ as: 'wrong' })).toBe(401);
  });

  it('does not work from the machine itself where the mode is strict', async () => {
    fixture = await createFixture();
    const options = { as: null, from: '127.0.0.1', headers: localhost };
    expect((await fixture.call('GET', '/sessions', options)).status).toBe(401);
  });

  it('works for all where it is off, but for foreign pages', async () => {
    fixture = await createFixture({ mode: 'off' });
    expect((await fixture.call('GET', '/sessions', { as: null })).status).toBe(200);
    const headers = { 'sec-fetch-site': 'cross-site' };
    const refused = await fixture.call('POST', '/sessions/a/start', { as: null, headers });
    expect(refused.json.code).toBe('foreign_page');
  });
});

describe('with a key', () => {
  it('takes it from either header', async () => {
    fixture = await createFixture();
    const key = await fixture.makeKey({});
    const headers = { authorization: `Bearer ${key}` };
    expect((await fixture.call('GET', '/sessions', { as: key })).status).toBe(200);
    expect((await fixture.call('GET', '/sessions', { as: null, headers })).status).toBe(200);
    expect((await fixture.call('GET', `/sessions?key=${key}`, { as: null })).status).toBe(401);
  });

  it('keeps only its hash', async () => {
    fixture = await createFixture();
    const key = await fixture.makeKey({});
    const [stored] = await fixture.store.keysByPrefix(prefixOf(key));
    expect(stored?.secret.hash).toEqual(hashKey(key));
    expect(JSON.stringify(stored)).not.toContain(key);
  });

  it('holds it to its scopes', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ scopes: ['audit:read'] });
    expect((await fixture.call('GET', '/audit', { as })).status).toBe(200);
    const urls = ['/sessions', '/webhooks', '/keys', '/workspaces', '/events'];
    for (const url of urls) {
      expect((await fixture.call('GET', url, { as })).json.code).toBe('scope_missing');
    }
    expect((await fixture.call('POST', '/keys', { as, body: {} })).json.code).toBe('scope_missing');
  });

  it('holds it to its workspace, in every form of the path', async () => {
    fixture = await createFixture();
    await fixture.call('POST', '/workspaces', { body: { id: 'acme' } });
    const acme = await fixture.makeKey({}, 'acme');
    const home = await fixture.makeKey({});
    const ask = async (url: string, as: string) => {
      const { status, json } = await fixture.call('GET', url, { as });
      return status === 200 ? json.workspaceId : json.code;
    };
    expect(await ask('/sessions', acme)).toBe('acme');
    expect(await ask('/api/sessions', acme)).toBe('acme');
    expect(await ask('/workspaces/acme/proxy/api/sessions', acme)).toBe('acme');
    expect(await ask('/workspaces/acme/proxy/api/sessions', home)).toBe('workspace_not_found');
    expect(await ask('/workspaces/default/proxy/api/sessions', acme)).toBe('workspace_not_found');
    expect(await ask('/workspaces/none/proxy/api/sessions', acme)).toBe('workspace_not_found');
    expect(await ask('/workspaces/acme/proxy/api/sessions', OPERATOR_KEY)).toBe('acme');
    expect(await ask('/workspaces/none/proxy/api/sessions', OPERATOR_KEY)).toBe(
      'workspace_not_found',
    );
    expect(await ask('/sessions', OPERATOR_KEY)).toBe('default');
  });

  it('holds it to its sessions', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ sessions: ['support'] });
    const code = async (method: string, url: string) => {
      const { status, json } = await fixture.call(method, url, { as });
      return status === 200 ? 200 : json.code;
    };
    expect(await code('POST', '/sessions/support/start')).toBe(200);
    expect(await code('POST', '/sessions/sales/start')).toBe('session_not_allowed');
    expect(await code('POST', '/workspaces/default/proxy/api/sessions/sales/start')).toBe(
      'session_not_allowed',
    );
    expect(await code('GET', '/events?sessionId=support')).toBe(200);
    expect(await code('GET', '/events?sessionId=sales')).toBe('session_not_allowed');
    expect(await code('GET', '/events?sessionId=support&sessionId=sales')).toBe(
      'session_not_allowed',
    );
    expect(await code('GET', '/events')).toBe('session_not_allowed');
    expect(await code('GET', '/webhooks')).toBe('session_not_allowed');
    expect((await fixture.call('GET', '/sessions', { as })).json.sessions).toEqual(['support']);
  });

  it('holds it to its chats', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ chats: ['+55 11 99999-9999'] });
    const send = async (to: unknown) =>
      (await fixture.call('POST', '/sessions/support/send', { as, body: { to, text: 'hi' } }))
        .status;
    expect(await send('5511999999999')).toBe(200);
    expect(await send('5511999999999@c.us')).toBe(200);
    expect(await send('5511888888888')).toBe(403);
    const read = async (chat: string) =>
      (await fixture.call('GET', `/sessions/support/chats/${chat}/messages`, { as })).status;
    expect(await read('5511999999999@s.whatsapp.net')).toBe(200);
    expect(await read('120363000000000001@g.us')).toBe(403);
    expect((await fixture.call('GET', '/webhooks', { as })).json.code).toBe('chat_not_allowed');
  });

  it('holds it to its networks', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ networks: ['198.51.100.0/24'] });
    const ask = async (from: string) =>
      (await fixture.call('GET', '/sessions', { as, from })).status;
    expect(await ask('198.51.100.9')).toBe(200);
    expect(await ask('203.0.113.7')).toBe(403);
  });

  it('ends with its time', async () => {
    fixture = await createFixture();
    const expiresAt = new Date(fixture.clock.now() + 60_000).toISOString();
    const as = await fixture.makeKey({ expiresAt });
    expect((await fixture.call('GET', '/sessions', { as })).status).toBe(200);
    await fixture.clock.advance(60_000);
    const { status, json } = await fixture.call('GET', '/sessions', { as });
    expect({ status, code: json.code }).toEqual({ status: 401, code: 'key_expired' });
  });

  it('notes when it was last used, a minute apart and in batches', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({});
    const lastUsed = async () => (await fixture.store.keysByPrefix(prefixOf(as)))[0]?.lastUsedAtMs;
    const startMs = fixture.clock.now();
    await fixture.call('GET', '/sessions', { as });
    await fixture.call('GET', '/sessions', { as });
    expect(await lastUsed()).toBeNull();
    await fixture.clock.advance(10_000);
    expect(await lastUsed()).toBe(startMs);
    await fixture.call('GET', '/sessions', { as });
    await fixture.clock.advance(10_000);
    expect(await lastUsed()).toBe(startMs);
    await fixture.clock.advance(60_000);
    await fixture.call('GET', '/sessions', { as });
    await fixture.access.close();
    expect(await lastUsed()).toBe(startMs + 80_000);
  });
});

describe('limits', () => {
  it('counts per key, says so in headers, and lets go with time', async () => {
    fixture = await createFixture({ requestsPerMinute: 2 });
    const one = await fixture.makeKey({});
    const other = await fixture.makeKey({});
    const first = await fixture.call('GET', '/sessions', { as: one });
    expect(first.headers).toMatchObject({
      'ratelimit-policy': '"key";q=2;w=60',
      ratelimit: '"key";r=1;t=30',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
    });
    await fixture.call('POST', '/sessions/a/send', { as: one, body: '{broken' });
    const refused = await fixture.call('GET', '/sessions', { as: one });
    expect(refused.status).toBe(429);
    expect(refused.json).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(refused.headers['retry-after']).toBe('30');
    expect((await fixture.call('GET', '/sessions', { as: other })).status).toBe(200);
    await fixture.clock.advance(30_000);
    expect((await fixture.call('GET', '/sessions', { as: one })).status).toBe(200);
  });

  it('counts what has no key by address, 401 and 404 alike', async () => {
    fixture = await createFixture();
    const ask = async (url: string, from: string) =>
      (await fixture.call('GET', url, { as: null, from })).status;
    for (let i = 0; i < 300; i++) {
      await ask('/sessions', `2001:db8::${i.toString(16)}`);
      await ask('/nothing', `2001:db8::ffff:${i.toString(16)}`);
    }
    for (const url of ['/sessions', '/nothing', '/health']) {
      expect(await ask(url, '2001:db8::1')).toBe(429);
    }
    expect(await ask('/health', '2001:db8:0:1::1')).toBe(200);
    expect((await fixture.call('GET', '/sessions', { from: '2001:db8::1' })).status).toBe(200);
  });

  it('locks out who guesses, also when the last guess is right, but not a 256-bit key beside them', async () => {
    fixture = await createFixture();
    const key = await fixture.makeKey({});
    const ask = async (as: string, from = '203.0.113.7') =>
      (await fixture.call('GET', '/sessions', { as, from })).json.code ?? 'ok';
    for (let i = 0; i < 10; i++) expect(await ask(`guess-${i}`)).toBe('key_invalid');
    expect(await ask('guess-11')).toBe('too_many_failures');
    expect(await ask(OPERATOR_KEY)).toBe('too_many_failures');
    expect(await ask(key)).toBe('ok');
    expect(await ask(OPERATOR_KEY, '203.0.113.8')).toBe('ok');
    await fixture.clock.advance(5 * 60_000);
    expect(await ask(OPERATOR_KEY)).toBe('ok');
  });

  it('locks out guesses that look like keys', async () => {
    fixture = await createFixture();
    const guess = (i: number) => `wsk_live_${String(i).padStart(43, '0')}`;
    for (let i = 0; i < 10; i++) await fixture.call('GET', '/sessions', { as: guess(i) });
    const refused = await fixture.call('GET', '/sessions', { as: guess(10) });
    expect(refused.json.code).toBe('too_many_failures');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });
});
