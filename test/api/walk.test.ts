import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from './support/service.ts';
import { fillPath, type Operation, operationsOf } from './support/specification.ts';

/**
 * Every route with no key, with a key that holds another scope, with a key of another workspace, with
 * one that is bound to another session and with one that is bound to a chat. Routes are taken from the
 * service's own document; that none is left out of it follows from the app's refusal to start with a
 * route that asks for nothing.
 */
describe('every route', () => {
  let service: TestService;
  let operations: readonly Operation[];
  let guarded: readonly Operation[];

  const PREFIXES = ['', '/api', '/workspaces/default/proxy/api'];
  /** These leave out what a key that is bound to sessions may not see. */
  const FILTERED = new Set(['GET /sessions', 'GET /workspace', 'GET /events/catalogue']);
  /** What tells nothing of chats. */
  const CHATLESS = new Set(['sessions:read', 'workspace:read']);

  /** What is planned is judged by its recipients: a plan with none is not there, or not accepted. */
  const PLANNED = /^\/sessions\/\{id\}\/(bulk|schedules)/;

  /** What is about one message is judged by the message's chat; there is none here. */
  const ABOUT_ONE_MESSAGE = /^\/sessions\/\{id\}\/(messages|outbox)\/\{messageId\}/;

  const TAKES_A_FORM = /\{id\}\/(media|import)$/;

  /** Clients written for another product call these, and may always have sent fields along. */
  const IGNORES_BODY = new Set(['POST /sessions/{id}/start', 'DELETE /sessions/{id}']);

  const values: Readonly<Record<string, string>> = {
    id: 'support',
    workspaceId: 'default',
    keyId: '0'.repeat(26),
  };
  const pathOf = ({ path }: Operation) => fillPath(path, (name) => values[name] ?? 'x');
  const nameOf = ({ method, path }: Operation) => `${method} ${path}`;
  const isOfService = ({ scope }: Operation) => scope?.startsWith('service:') ?? false;

  async function makeKey(settings: object, workspaceId = 'default'): Promise<string> {
    const body = { name: 'walker', scopes: ['*'], ...settings };
    const path = `/workspaces/${workspaceId}/proxy/api/keys`;
    return (await service.call('POST', path, { body })).json.key;
  }

  /** Calls operations and answers those whose outcome is not the one that is wanted. */
  async function surprises(
    some: readonly Operation[],
    as: string | null,
    wanted: string,
    prefixes = PREFIXES,
  ): Promise<string[]> {
    const found: string[] = [];
    for (const operation of some) {
      for (const prefix of isOfService(operation) ? [''] : prefixes) {
        const body = operation.body ? {} : undefined;
        const { status, json } = await service.call(operation.method, prefix + pathOf(operation), {
          as,
          body,
        });
        const outcome = `${status} ${json?.code}`;
        if (outcome !== wanted) found.push(`${nameOf(operation)} under "${prefix}": ${outcome}`);
      }
    }
    return found;
  }

  beforeAll(async () => {
    service = await startService();
    operations = operationsOf(await service.specification());
    guarded = operations.filter(({ scope }) => scope !== null);
    await service.call('POST', '/sessions/support/start');
    await service.call('POST', '/workspaces', { body: { id: 'acme' } });
  });
  afterAll(() => service.stop());

  it('is in the document, and few are open to all', () => {
    expect(guarded.length).toBeGreaterThan(25);
    const open = operations.filter(({ scope }) => scope === null).map(nameOf);
    // The token of a media link is its key: signed, and good for minutes.
    expect(open.sort()).toEqual(['GET /health', 'GET /media/{token}', 'GET /ready']);
  });

  it('refuses a query parameter that it does not have, and names those that it has', async () => {
    const found: string[] = [];
    for (const operation of guarded) {
      const path = `${pathOf(operation)}?no_such_parameter=1`;
      const body = operation.body ? {} : undefined;
      for (const prefix of isOfService(operation) ? [''] : PREFIXES) {
        const { status, json } = await service.call(operation.method, prefix + path, { body });
        const own = operation.parameters.filter((parameter) => parameter.in === 'query');
        const names = own.map(({ name }) => name).join(', ') || 'none';
        const wanted = `The query parameter "no_such_parameter" does not exist here: there are ${names}.`;
        const isRefused = status === 400 && json.code === 'unknown_field' && json.detail === wanted;
        if (!isRefused) found.push(`${prefix} ${nameOf(operation)}: ${status} ${json?.detail}`);
      }
    }
    expect(found).toEqual([]);
  });

  it('refuses fields in the body where it has none, and takes an empty body', async () => {
    const found: string[] = [];
    const writing = guarded.filter(
      (operation) =>
        operation.method !== 'GET' &&
        !operation.body &&
        !TAKES_A_FORM.test(operation.path) &&
        !IGNORES_BODY.has(nameOf(operation)),
    );
    expect(writing.length).toBeGreaterThan(25);
    for (const operation of writing) {
      const path = pathOf(operation);
      const { method } = operation;
      const { status, json } = await service.call(method, path, { body: { surplus: 1 } });
      const isRefused = status === 400 && json.code === 'unknown_field';
      if (!isRefused || json.errors[0].field !== '/surplus') found.push(nameOf(operation));
    }
    expect(found).toEqual([]);
    for (const body of [undefined, {}]) {
      const started = await service.call('POST', '/sessions/support/start', { body });
      expect(started.status).toBe(200);
    }
  });

  it('ignores the body where clients of another product may send one', async () => {
    for (const prefix of PREFIXES) {
      const path = `${prefix}/sessions/of-old`;
      for (const body of [{ name: 'Shop', webhook: { url: '' } }, [1]]) {
        const started = await service.call('POST', `${path}/start`, { body });
        expect([started.status, started.json.id]).toEqual([200, 'of-old']);
      }
      const removed = await service.call('DELETE', path, { body: { force: true } });
      expect([removed.status, removed.json]).toEqual([200, { success: true, id: 'of-old' }]);
    }
  });

  it('refuses who shows no key', async () => {
    expect(await surprises(guarded, null, '401 key_missing')).toEqual([]);
  });

  it('refuses who shows a wrong key', async () => {
    expect(await surprises(guarded, 'wrong', '401 key_invalid', [''])).toEqual([]);
    const guess = `wsk_live_${'0'.repeat(43)}`;
    expect(await surprises(guarded, guess, '401 key_invalid', [''])).toEqual([]);
  });

  it('refuses a key that holds another scope', async () => {
    const reader = await makeKey({ scopes: ['audit:read'] });
    const other = guarded.filter(({ scope }) => scope !== 'audit:read');
    expect(await surprises(other, reader, '403 scope_missing')).toEqual([]);
    const sender = await makeKey({ scopes: ['messages:send'] });
    const audit = guarded.filter(({ scope }) => scope === 'audit:read');
    expect(await surprises(audit, sender, '403 scope_missing')).toEqual([]);
  });

  it('refuses even every scope of its resource but the one it asks for', async () => {
    const all = [...new Set(guarded.map(({ scope }) => scope ?? ''))];
    for (const scope of all) {
      const as = await makeKey({ scopes: all.filter((other) => other !== scope) });
      const asking = guarded.filter((operation) => operation.scope === scope);
      expect(await surprises(asking, as, '403 scope_missing', [''])).toEqual([]);
    }
  });

  it('does not exist for a key of another workspace', async () => {
    const stranger = await makeKey({}, 'acme');
    const own = guarded.filter((operation) => !isOfService(operation));
    const prefix = ['/workspaces/default/proxy/api'];
    expect(await surprises(own, stranger, '404 workspace_not_found', prefix)).toEqual([]);
    const service = guarded.filter(isOfService);
    expect(await surprises(service, stranger, '403 scope_missing')).toEqual([]);
  });

  it('shows a key of another workspace nothing of this one', async () => {
    const stranger = await makeKey({}, 'acme');
    const lists = [
      '/sessions',
      '/api/sessions',
      '/workspaces/acme/proxy/api/sessions',
      '/webhooks',
    ];
    for (const path of lists) {
      const { text } = await service.call('GET', path, { as: stranger });
      expect(text).not.toContain('support');
    }
    const { json } = await service.call('GET', '/sessions/support', { as: stranger });
    expect(json.code).toBe('session_not_found');
  });

  it('refuses a key that is bound to another session', async () => {
    const bound = await makeKey({ sessions: ['elsewhere'] });
    const some = guarded.filter(
      (operation) => !isOfService(operation) && !FILTERED.has(nameOf(operation)),
    );
    expect(await surprises(some, bound, '403 session_not_allowed')).toEqual([]);
    expect((await service.call('GET', '/sessions', { as: bound })).json).toEqual([]);
    const own = await makeKey({ sessions: ['support'] });
    expect((await service.call('GET', '/sessions', { as: own })).json).toHaveLength(1);
    expect((await service.call('GET', '/workspace', { as: own })).status).toBe(200);
  });

  it('refuses a key that is bound to a chat, where another or none is named', async () => {
    const bound = await makeKey({ chats: ['5511999999999'] });
    const some = guarded.filter(
      (operation) => !isOfService(operation) && !CHATLESS.has(operation.scope ?? ''),
    );
    const planned = some.filter(({ path }) => PLANNED.test(path));
    const messages = some.filter(({ path }) => ABOUT_ONE_MESSAGE.test(path));
    const others = some.filter((one) => !planned.includes(one) && !messages.includes(one));
    expect(await surprises(others, bound, '403 chat_not_allowed')).toEqual([]);
    const unseen = await surprises(messages, bound, '404 message_not_found');
    expect(
      unseen.filter((answer) => !/: 400 (missing_field|invalid_request)$/.test(answer)),
    ).toEqual([]);
    const answers = await surprises(planned, bound, 'something else');
    expect(answers.length).toBeGreaterThan(0);
    const harmless =
      /: (200 undefined|40[03] (missing_field|chat_not_allowed)|404 (bulk|schedule)_not_found)$/;
    expect(answers.filter((answer) => !harmless.test(answer))).toEqual([]);
  });

  it('is as it was after all these refusals', async () => {
    const { json } = await service.call('GET', '/sessions');
    expect(json.map(({ id }: { id: string }) => id)).toEqual(['support']);
    expect((await service.call('GET', '/webhooks')).json).toEqual([]);
    const workspaces = (await service.call('GET', '/workspaces')).json;
    expect(workspaces.map(({ id }: { id: string }) => id)).toEqual(['default', 'acme']);
  });
});
