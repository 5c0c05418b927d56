import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from './support/service.ts';

/** As on a first start: no key is configured, and the machine itself is let in without one. */
describe('the entry without a key', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ API_KEY: '', AUTH: 'auto', TRUSTED_PROXIES: '' });
  });
  afterAll(() => service.stop());

  /** A browser chooses these headers, not the page; `fetch` would not let us. */
  function ask(method: string, headers: Record<string, string>): Promise<unknown> {
    const { hostname, port } = new URL(service.url);
    const path = method === 'GET' ? '/sessions' : '/sessions/made/start';
    const host = `localhost:${port}`;
    return new Promise((resolve, reject) => {
      request({ hostname, port, method, path, headers: { host, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          const cors = response.headers['access-control-allow-origin'];
          const json = JSON.parse(text);
          resolve([response.statusCode, json.code ?? json, cors]);
        });
      })
        .on('error', reject)
        .end();
    });
  }

  const refused = [401, 'key_missing', undefined];

  it('is open to the machine itself', async () => {
    expect(await ask('GET', {})).toEqual([200, [], undefined]);
  });

  it.each([
    'rebound.example',
    'rebound.example:3000',
    'localhost.rebound.example',
    '127.0.0.1.nip.io',
  ])('is closed to a page whose name was made to point here: %s', async (host) => {
    for (const method of ['GET', 'POST']) expect(await ask(method, { host })).toEqual(refused);
    // The browser takes such a page for one of the same origin.
    const sameOrigin = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
    expect(await ask('POST', sameOrigin)).toEqual(refused);
  });

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { referer: 'https://evil.example/page' },
    { origin: 'https://evil.example', 'content-type': 'text/plain' },
  ])('is closed to a foreign page that makes the browser ask: %o', async (headers) => {
    for (const method of ['GET', 'POST']) expect(await ask(method, headers)).toEqual(refused);
    // And nothing was made by it.
    expect(await ask('GET', {})).toEqual([200, [], undefined]);
  });
});
