import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type App, createHttp } from '../http/app.ts';
import { createIdSource } from '../kernel/ids.ts';
import { silentLogger } from '../kernel/logger.ts';
import { seededRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { registerHealthRoutes } from './health.ts';

let clock: VirtualClock;
let app: App;
let check: () => Promise<void>;

beforeEach(async () => {
  clock = new VirtualClock();
  check = () => Promise.resolve();
  app = await createHttp({
    logger: silentLogger,
    ids: createIdSource(clock, seededRandom(1)),
    version: '1.2.3',
    trustedProxies: [],
    guard: () => {},
    system: [
      (app) =>
        registerHealthRoutes(app, {
          version: '1.2.3',
          clock,
          logger: silentLogger,
          sessions: () => ({ total: 3, open: 2 }),
          check: () => check(),
        }),
    ],
    workspace: [],
  });
});
afterEach(() => app.close());

describe('GET /health', () => {
  it('counts sessions and whole seconds', async () => {
    await clock.advance(12_900);
    const answer = await app.inject('/health');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: 'ok',
      version: '1.2.3',
      uptime: 12,
      sessions: { total: 3, open: 2 },
    });
  });

  it('is 200 while storage is down', async () => {
    check = () => Promise.reject(new Error('disk gone'));
    expect((await app.inject('/health')).statusCode).toBe(200);
  });
});

describe('GET /ready', () => {
  it('is 200 while storage answers', async () => {
    const answer = await app.inject('/ready');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ status: 'ready', storage: 'up' });
    expect(clock.pending).toBe(0);
  });

  it('is 503 while storage is down, and tells no details', async () => {
    check = () => Promise.reject(new Error('SQLITE_FULL at /var/secret/path'));
    const answer = await app.inject('/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ status: 'unavailable', storage: 'down' });
  });

  it('is 503 when storage hangs, asks it once for all callers, and recovers', async () => {
    const hang = vi.fn<() => Promise<void>>(() => new Promise(() => {}));
    check = hang;
    const answers = Promise.all([app.inject('/ready'), app.inject('/ready')]);
    await expect.poll(() => hang.mock.calls.length, { interval: 1 }).toBe(1);
    await clock.advance(2_000);
    expect((await answers).map(({ statusCode }) => statusCode)).toEqual([503, 503]);
    expect(hang).toHaveBeenCalledTimes(1);
    check = () => Promise.resolve();
    expect((await app.inject('/ready')).statusCode).toBe(200);
  });
});
