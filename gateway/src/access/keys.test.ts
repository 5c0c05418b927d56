import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await createFixture();
});
afterEach(() => fixture.close());

const make = (body: unknown, as?: string) =>
  fixture.call('POST', '/keys', { body, ...(as === undefined ? {} : { as }) });

describe('making a key', () => {
  it('shows it once, and never again', async () => {
    const made = await make({ name: 'n8n', scopes: ['messages:send'] });
    expect(made.status).toBe(201);
    expect(made.json.key).toMatch(/^wsk_live_[0-9A-Za-z]{43}$/);
    expect(made.json.key.startsWith(made.json.prefix)).toBe(true);
    const { key, ...shown } = made.json;
    expect((await fixture.call('GET', '/keys')).json).toEqual([shown]);
    expect((await fixture.call('GET', `/keys/${shown.id}`)).json).toEqual(shown);
    const everything = await fixture.call('GET', '/audit');
    expect(everything.text).not.toContain(key);
  });

  it.each<[object, string, string]>([
    [{ scopes: ['*'] }, 'missing_field', '/name'],
    [{ name: 'a', scopes: [] }, 'invalid_request', '/scopes'],
    [{ name: 'a', scopes: ['messages'] }, 'invalid_request', '/scopes/0'],
    [{ name: 'a', scopes: ['service:*'] }, 'invalid_request', '/scopes/0'],
    [{ name: '  ', scopes: ['*'] }, 'empty_text', '/name'],
    [{ name: 'x'.repeat(101), scopes: ['*'] }, 'text_too_long', '/name'],
    [{ name: 'a', scopes: ['*'], sessions: ['../etc'] }, 'invalid_request', '/sessions/0'],
    [{ name: 'a', scopes: ['*'], chats: ['nobody'] }, 'invalid_recipient', '/chats/0'],
    [{ name: 'a', scopes: ['*'], networks: ['10.0.0.0/99'] }, 'invalid_request', '/networks/0'],
    [{ name: 'a', scopes: ['*'], expiresAt: 'tomorrow' }, 'invalid_request', '/expiresAt'],
    [
      { name: 'a', scopes: ['*'], expiresAt: '2001-01-01T00:00:00Z' },
      'invalid_request',
      '/expiresAt',
    ],
    [{ name: 'a', scopes: ['*'], admin: true }, 'unknown_field', '/admin'],
    [{ name: 7, scopes: ['*'] }, 'wrong_type', '/name'],
  ])('refuses %o with %s at %s, and makes nothing', async (body, code, field) => {
    const { status, json } = await make(body);
    expect({ status, code: json.code }).toEqual({ status: 400, code });
    expect(json.errors[0].field).toBe(field);
    expect((await fixture.call('GET', '/keys')).json).toEqual([]);
  });

  it('never gives more than the maker has', async () => {
    const as = await fixture.makeKey({ scopes: ['keys:*', 'messages:send'], sessions: null });
    const code = async (settings: object) => {
      const { status, json } = await make({ name: 'a', ...settings }, as);
      return status === 201 ? 'made' : json.code;
    };
    expect(await code({ scopes: ['messages:send'] })).toBe('made');
    expect(await code({ scopes: ['messages:*'] })).toBe('scope_missing');
    expect(await code({ scopes: ['*'] })).toBe('scope_missing');
    expect(await code({ scopes: ['audit:read'] })).toBe('scope_missing');
    expect(await code({ scopes: ['service:metrics'] })).toBe('scope_missing');
  });

  it('leaves what reaches beyond a workspace to the operator', async () => {
    const as = await fixture.makeKey({ scopes: ['*'] });
    const wanted = { name: 'prometheus', scopes: ['service:metrics'] };
    expect((await make(wanted, as)).json.code).toBe('scope_missing');
    expect((await make(wanted)).status).toBe(201);
  });

  it('stops at a thousand', async () => {
    const [first] = await fixture.store.keysByPrefix('none');
    expect(first).toBeUndefined();
    await make({ name: 'a', scopes: ['*'] });
    const [key] = await fixture.store.keys('default');
    if (!key) throw new Error('no key');
    for (let i = 1; i < 1_000; i++) await fixture.store.saveKey({ ...key, id: `${key.id}${i}` });
    expect((await make({ name: 'a', scopes: ['*'] })).json.code).toBe('too_many_keys');
  });
});

describe('rotating a key', () => {
  it('lets the former text work for its grace, and no longer', async () => {
    const before = (await make({ name: 'n8n', scopes: ['sessions:read'] })).json;
    const url = `/keys/${before.id}/rotate`;
    const after = (await fixture.call('POST', url, { body: { graceSeconds: 60 } })).json;
    expect(after.id).toBe(before.id);
    expect(after.key).not.toBe(before.key);
    expect(after.previousUntil).toBe(new Date(fixture.clock.now() + 60_000).toISOString());
    const works = async (as: string) => (await fixture.call('GET', '/sessions', { as })).status;
    expect(await works(before.key)).toBe(200);
    expect(await works(after.key)).toBe(200);
    await fixture.clock.advance(60_000);
    expect(await works(before.key)).toBe(401);
    expect(await works(after.key)).toBe(200);
    expect((await fixture.call('GET', `/keys/${before.id}`)).json.previousUntil).toBeNull();
  });

  it('takes a day when nothing else is said, and ends the former text at once for 0', async () => {
    const before = (await make({ name: 'n8n', scopes: ['sessions:read'] })).json;
    const url = `/keys/${before.id}/rotate`;
    const second = (await fixture.call('POST', url)).json;
    const day = new Date(fixture.clock.now() + 86_400_000).toISOString();
    expect(second.previousUntil).toBe(day);
    await fixture.call('POST', url, { body: { graceSeconds: 0 } });
    expect((await fixture.call('GET', '/sessions', { as: second.key })).status).toBe(401);
  });

  it('does not hand a stronger key to a weaker one', async () => {
    const strong = (await make({ name: 'strong', scopes: ['*'] })).json;
    const as = await fixture.makeKey({ scopes: ['keys:*'] });
    for (const [method, path, body] of [
      ['POST', '/rotate', {}],
      ['PATCH', '', { name: 'mine' }],
      ['DELETE', '', undefined],
    ] as const) {
      const refused = await fixture.call(method, `/keys/${strong.id}${path}`, { as, body });
      expect(refused.json.code).toBe('scope_missing');
    }
    expect((await fixture.call('GET', '/sessions', { as: strong.key })).status).toBe(200);
  });
});

describe('changing and revoking a key', () => {
  it('changes what is given and leaves the rest', async () => {
    const key = (await make({ name: 'n8n', scopes: ['*'], sessions: ['support'] })).json;
    const changed = await fixture.call('PATCH', `/keys/${key.id}`, {
      body: { scopes: ['sessions:read'], chats: ['5511999999999'], expiresAt: null },
    });
    expect(changed.json).toMatchObject({
      name: 'n8n',
      scopes: ['sessions:read'],
      sessions: ['support'],
      chats: ['5511999999999'],
    });
    expect((await fixture.call('GET', '/events', { as: key.key })).json.code).toBe('scope_missing');
  });

  it('revokes at once', async () => {
    const key = (await make({ name: 'n8n', scopes: ['*'] })).json;
    expect((await fixture.call('DELETE', `/keys/${key.id}`)).json).toEqual({
      success: true,
      id: key.id,
    });
    expect((await fixture.call('GET', '/sessions', { as: key.key })).json.code).toBe('key_invalid');
    expect((await fixture.call('GET', `/keys/${key.id}`)).json.code).toBe('key_not_found');
  });

  it('does not see keys of another workspace', async () => {
    await fixture.call('POST', '/workspaces', { body: { id: 'acme' } });
    const key = (await make({ name: 'n8n', scopes: ['*'] })).json;
    const as = await fixture.makeKey({}, 'acme');
    for (const method of ['GET', 'DELETE'] as const) {
      const { json } = await fixture.call(method, `/keys/${key.id}`, { as });
      expect(json.code).toBe('key_not_found');
    }
  });
});
