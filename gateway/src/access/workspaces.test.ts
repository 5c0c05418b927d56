import { afterEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
afterEach(() => fixture.close());

const code = async (method: string, url: string, body?: object) => {
  const { status, json } = await fixture.call(method, url, { body });
  return status < 400 ? status : json.code;
};

describe('workspaces', () => {
  it('are made, renamed and removed by the operator', async () => {
    fixture = await createFixture();
    expect(await code('POST', '/workspaces', { id: 'acme', name: 'Acme Inc.' })).toBe(201);
    expect(await code('PATCH', '/workspaces/acme', { name: 'Acme' })).toBe(200);
    const { json } = await fixture.call('GET', '/workspaces');
    expect(json.map(({ id, name }: { id: string; name: string }) => [id, name])).toEqual([
      ['default', 'Default'],
      ['acme', 'Acme'],
    ]);
    expect(await code('DELETE', '/workspaces/acme')).toBe(200);
    expect(await code('GET', '/workspaces/acme')).toBe('workspace_not_found');
    expect(await code('POST', '/workspaces', { id: 'acme' })).toBe('workspace_exists');
  });

  it('take their keys with them', async () => {
    fixture = await createFixture();
    await code('POST', '/workspaces', { id: 'acme' });
    const as = await fixture.makeKey({}, 'acme');
    expect((await fixture.call('GET', '/sessions', { as })).status).toBe(200);
    await code('DELETE', '/workspaces/acme');
    expect((await fixture.call('GET', '/sessions', { as })).json.code).toBe('key_invalid');
  });

  it('stay while they hold something, and the default always', async () => {
    fixture = await createFixture({ contents: async () => ['2 sessions', '1 endpoint'] });
    await code('POST', '/workspaces', { id: 'acme' });
    const refused = await fixture.call('DELETE', '/workspaces/acme');
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: 'workspace_not_empty' });
    expect(refused.json.detail).toContain('2 sessions, 1 endpoint');
    expect(await code('DELETE', '/workspaces/default')).toBe('workspace_not_empty');
    expect(await code('GET', '/workspaces/acme')).toBe(200);
  });

  it('refuse ids that are not plain', async () => {
    fixture = await createFixture();
    for (const id of ['', '../x', 'a b', 'ü', 'x'.repeat(65)]) {
      expect((await fixture.call('POST', '/workspaces', { body: { id } })).status).toBe(400);
    }
  });

  it('are nobody else’s business', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ scopes: ['*'] });
    for (const [method, url] of [
      ['GET', '/workspaces'],
      ['POST', '/workspaces'],
      ['GET', '/workspaces/default'],
      ['DELETE', '/workspaces/default'],
    ] as const) {
      expect((await fixture.call(method, url, { as })).json.code).toBe('scope_missing');
    }
  });

  it('tell a key where it is and what it may do', async () => {
    fixture = await createFixture();
    const as = await fixture.makeKey({ scopes: ['workspace:*'], sessions: ['support'] });
    const { json } = await fixture.call('GET', '/workspace', { as });
    expect(json).toMatchObject({
      id: 'default',
      caller: { kind: 'key', scopes: ['workspace:*'], sessions: ['support'], chats: null },
    });
  });
});
