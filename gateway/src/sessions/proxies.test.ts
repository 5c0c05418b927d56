import { describe, expect, it } from 'vitest';
import { ProxyFailure, type ProxyStep } from '../net/proxy-failure.ts';
import { createProxies } from './proxies.ts';
import type { SessionState } from './state.ts';
import type { SessionRecord } from './store.ts';

const URL_A = 'socks5://user:secret@proxy.example:1080';
const URL_B = 'https://user:secret@other.example';
const MASKED_B = 'https://user:***@other.example:443';

/** One session called `shop` in a state, whether it is there yet, and what was done to it. */
function setUp(state: SessionState['name'] = 'stopped', isThere = true) {
  const urls = new Map<number, string>();
  const tried: string[] = [];
  const done: string[] = [];
  let failure: ProxyFailure | null = null;
  const session = {
    record: { key: 1, workspaceId: 'default', id: 'shop' } as SessionRecord,
    state: { name: state } as SessionState,
  };
  const proxies = createProxies({
    store: {
      load: async (key) => urls.get(key) ?? null,
      async save(key, url) {
        urls.set(key, url);
        done.push('saved');
      },
      async remove(key) {
        urls.delete(key);
        done.push('removed');
      },
    },
    sessions: {
      async create() {
        if (!isThere) done.push('created');
        return session;
      },
      resolve: () => session,
      async restart() {
        done.push('restarted');
        return null as never;
      },
    },
    async probe(url) {
      tried.push(url);
      return failure;
    },
  });
  const fail = (step: ProxyStep) => {
    failure = new ProxyFailure(step, 'it does not work');
  };
  return { proxies, urls, tried, done, fail };
}

const set = ({ proxies }: ReturnType<typeof setUp>, url: string) =>
  proxies.set('default', 'shop', url);

describe('the proxy of a session', () => {
  it('is tried, kept as it is and shown without its password', async () => {
    const world = setUp();
    expect(await set(world, URL_B)).toBe(MASKED_B);
    expect(world.tried).toEqual([URL_B]);
    expect(world.urls.get(1)).toBe(URL_B);
    expect(await world.proxies.get('default', 'shop')).toBe(MASKED_B);
  });

  it('makes the session where there is none', async () => {
    const world = setUp('stopped', false);
    await set(world, URL_A);
    expect(world.done).toEqual(['created', 'saved']);
  });

  it.each([
    ['connecting', true],
    ['qr', true],
    ['pairing', true],
    ['open', true],
    ['degraded', true],
    ['waiting_retry', true],
    ['stopped', false],
    ['logged_out', false],
    ['replaced', false],
    ['forbidden', false],
    ['auth_corrupt', false],
  ] as const)('connects a session anew that is %s: %s', async (state, restarts) => {
    const world = setUp(state);
    const after = restarts ? ['restarted'] : [];
    await set(world, URL_A);
    expect(world.done.splice(0)).toEqual(['saved', ...after]);
    await world.proxies.remove('default', 'shop');
    expect(world.done).toEqual(['removed', ...after]);
    expect(await world.proxies.get('default', 'shop')).toBeNull();
  });

  it('disturbs no connection when nothing changes', async () => {
    const world = setUp('open');
    await world.proxies.remove('default', 'shop');
    expect(world.done).toEqual([]);
    await set(world, URL_A);
    world.done.splice(0);
    await set(world, URL_A);
    expect(world.done).toEqual([]);
  });

  it.each([
    ['guard', 'url_not_allowed', 'OUTBOUND_ALLOW'],
    ['name', 'proxy_unreachable', 'host'],
    ['connection', 'proxy_unreachable', 'port'],
    ['tls', 'proxy_refused', 'certificate'],
    ['protocol', 'proxy_refused', 'socks5'],
    ['credentials', 'proxy_refused', 'password'],
    ['target', 'proxy_refused', 'web.whatsapp.com'],
  ] as const)('changes nothing when it fails at the step %s', async (step, code, advice) => {
    const world = setUp('open', false);
    world.fail(step);
    const refused = set(world, URL_A);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(advice);
    await expect(refused).rejects.not.toThrow('secret');
    expect(world.done).toEqual([]);
  });

  it('is not even tried when the URL is none of a proxy', async () => {
    const world = setUp();
    await expect(set(world, 'ftp://proxy.example')).rejects.toMatchObject({
      code: 'invalid_proxy',
    });
    expect([world.tried, world.done]).toEqual([[], []]);
  });
});
