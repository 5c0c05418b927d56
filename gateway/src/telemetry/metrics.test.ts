import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFixture, type Fixture } from '../access/fixture.ts';
import { registerMetricsRoutes } from './metrics.ts';

let fixture: Fixture;
let open: number;

beforeEach(async () => {
  open = 2;
  fixture = await createFixture({
    system: [
      (app) =>
        registerMetricsRoutes(app, [
          {
            name: 'sessions',
            help: 'Sessions by state',
            label: 'state',
            read: () => ({ open, qr: 1 }),
          },
          { name: 'storage_writes_total', help: 'Writes', label: null, read: () => ({ '': 7 }) },
        ]),
    ],
  });
});
afterEach(() => fixture.close());

describe('GET /metrics', () => {
  it('tells what the parts offer, as it is at the moment', async () => {
    const first = await fixture.call('GET', '/metrics');
    expect(first.headers['content-type']).toContain('text/plain');
    expect(first.text).toContain('gateway_sessions{state="open"} 2');
    expect(first.text).toContain('gateway_storage_writes_total 7');
    open = 5;
    expect((await fixture.call('GET', '/metrics')).text).toContain(
      'gateway_sessions{state="open"} 5',
    );
  });

  it('tells of the process and its event loop', async () => {
    const { text } = await fixture.call('GET', '/metrics');
    expect(text).toContain('gateway_nodejs_eventloop_lag_p99_seconds');
    expect(text).toContain('gateway_process_resident_memory_bytes');
  });

  it('counts requests by route, never by path', async () => {
    for (const id of ['support', 'sales']) {
      await fixture.call('POST', `/workspaces/default/proxy/api/sessions/${id}/start`);
    }
    await fixture.call('GET', '/nothing/of/the/kind');
    const { text } = await fixture.call('GET', '/metrics');
    const line =
      'gateway_http_requests_total{method="POST",route="/sessions/:id/start",status="200"} 2';
    expect(text).toContain(line);
    expect(text).toContain('route="none",status="404"} 1');
    expect(text).not.toMatch(/support|sales|of\/the\/kind/);
  });

  it('is for keys that are made for it', async () => {
    const everything = await fixture.makeKey({ scopes: ['*'] });
    expect((await fixture.call('GET', '/metrics', { as: everything })).status).toBe(403);
    const scraper = await fixture.makeKey({ scopes: ['service:metrics'] });
    expect((await fixture.call('GET', '/metrics', { as: scraper })).status).toBe(200);
    expect((await fixture.call('GET', '/metrics', { as: null })).status).toBe(401);
  });
});
