import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createIdSource } from '../kernel/ids.ts';
import { silentLogger } from '../kernel/logger.ts';
import { systemRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { type App, createHttp } from './app.ts';
import { isDeeperThan } from './bodies.ts';
import { limitConnections } from './connections.ts';

let app: App;
let port: number;

beforeEach(async () => {
  app = await createHttp({
    logger: silentLogger,
    ids: createIdSource(new VirtualClock(), systemRandom),
    version: '9.8.7-secret',
    trustedProxies: [],
    guard: () => {},
    system: [registerSamples],
    workspace: [],
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  port = (app.server.address() as AddressInfo).port;
});
afterEach(() => app.close());

function registerSamples(app: App): void {
  const config = { public: true as const };
  app.post('/echo', { config }, async ({ body }) => ({ body: body ?? null }));
  app.get('/boom', { config }, async () => {
    throw new Error('at /home/somebody/secret.ts');
  });
  const query = { querystring: z.object({ a: z.string().optional() }) };
  app.get('/query', { config, schema: query }, async ({ query }) => query);
  app.get('/scoped', { config: { scope: 'events:read' }, schema: query }, async () => ({}));
  app.route({
    method: ['GET', 'POST'],
    url: '/bare',
    config: { scope: 'events:read' },
    handler: async () => ({}),
  });
  app.post('/of-old', { config: { scope: 'events:read', ignoresBody: true } }, async () => ({}));
}

const send = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/echo',
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });

/** Writes bytes to the server and reads until it closes the connection. */
async function raw(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const codeOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).code;

describe('query parameters', () => {
  const ask = async (url: string) => (await app.inject(url)).json();

  it('are refused by name, with those that there are, and without their values', async () => {
    expect(await ask('/scoped?a=1')).toEqual({});
    const refused = await ask('/scoped?b=wsk_live_secret&a=1&c~d/e=2');
    expect(refused).toMatchObject({
      status: 400,
      code: 'unknown_field',
      detail: 'The query parameter "b" does not exist here: there are a.',
      errors: [{ field: '/b' }, { field: '/c~0d~1e' }],
    });
    expect(JSON.stringify(refused)).not.toContain('secret');
    expect(await ask('/bare?x')).toMatchObject({
      detail: 'The query parameter "x" does not exist here: there are none.',
    });
    expect(await ask('/bare?__proto__=1')).toMatchObject({ code: 'unknown_field' });
    const long = await ask(`/bare?${'y'.repeat(5_000)}=1`);
    expect(JSON.stringify(long).length).toBeLessThan(1_000);
  });

  it('may ask for a fresh copy, where something is read', async () => {
    expect(await ask('/bare?t=1700000000000&ts=1&_=2')).toEqual({});
    expect(await ask('/bare?t=1&x=2')).toMatchObject({ errors: [{ field: '/x' }] });
    const written = await app.inject({ method: 'POST', url: '/bare?t=1' });
    expect(written.json()).toMatchObject({ status: 400, code: 'unknown_field' });
  });

  it('do not matter where anybody may ask', async () => {
    expect(await ask('/query?a=1&probe=2')).toEqual({ a: '1' });
  });
});

describe('bodies', () => {
  it('reads JSON, and takes an empty body for none', async () => {
    expect((await send('{"a":[1]}')).json()).toEqual({ body: { a: [1] } });
    for (const empty of ['', '  \n']) expect((await send(empty)).json()).toEqual({ body: null });
  });

  it('refuses fields where a request has none', async () => {
    const ask = async (payload: string) => {
      const headers = { 'content-type': 'application/json' };
      return (await app.inject({ method: 'POST', url: '/bare', headers, payload })).json();
    };
    for (const nothing of ['', '{}', 'null']) expect(await ask(nothing)).toEqual({});
    expect(await ask('{"a":1,"b/c":2}')).toMatchObject({
      status: 400,
      code: 'unknown_field',
      detail: 'This request has no fields: send it without a body.',
      errors: [{ field: '/a' }, { field: '/b~1c' }],
    });
    expect(await ask('[1]')).toMatchObject({ status: 400, code: 'wrong_type' });
  });

  it('ignores them where clients of other gateways send some', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const payload of ['', '{"name":"Shop"}', '[1]', '"text"']) {
      const answer = await app.inject({ method: 'POST', url: '/of-old', headers, payload });
      expect([answer.statusCode, answer.json()]).toEqual([200, {}]);
    }
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":{"__proto__":1}}',
    String.raw`{"\u005f_proto__":1}`,
    '{"constructor":{"prototype":{"admin":true}}}',
    '{',
    'nonsense',
    '[1,]',
  ])('refuses %s', async (text) => {
    const answer = await send(text);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().code).toBe('invalid_json');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('refuses deep nesting before it is parsed', async () => {
    const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect((await send(nest(64))).statusCode).toBe(200);
    expect((await send(nest(65))).json().code).toBe('invalid_json');
    expect((await send('[{"a":'.repeat(80_000))).json().code).toBe('invalid_json');
    expect((await send(JSON.stringify('['.repeat(1_000)))).statusCode).toBe(200);
  });

  it('refuses compressed bodies, so that none can explode', async () => {
    const bomb = gzipSync(JSON.stringify({ text: 'x'.repeat(10_000_000) }));
    const answer = await send(bomb, { 'content-encoding': 'gzip' });
    expect(answer.json().code).toBe('unsupported_media_type');
  });

  it('refuses bodies that are too large, or of a form that a web page can send by itself', async () => {
    expect((await send(`"${'x'.repeat(1_048_576)}"`)).json().code).toBe('payload_too_large');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await send('{"a":1}', { 'content-type': type });
      expect(answer.json().code).toBe('unsupported_media_type');
    }
  });

  it('measures depth as a parser would', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
        : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.nat(9), (value, limit) => {
        expect(isDeeperThan(JSON.stringify(value), limit)).toBe(depthOf(value) > limit);
      }),
    );
  });

  it('looks at hostile text in one pass', () => {
    for (const text of ['"', '"\\', String.raw`"\\"[`, '"'.repeat(1_000_001), '\\'.repeat(1e6)]) {
      expect(isDeeperThan(text, 3)).toBe(false);
    }
    expect(isDeeperThan(`"${String.raw`\"[`.repeat(300_000)}"`, 3)).toBe(false);
  });
});

describe('queries and paths', () => {
  it('cannot reach prototypes through a query', async () => {
    const answer = await app.inject('/query?__proto__[admin]=1&__proto__=2&constructor=3&a=x');
    expect(answer.json()).toEqual({ a: 'x' });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each([
    ['/%zz', 400, 'invalid_request'],
    ['/query%', 400, 'invalid_request'],
    ['/..%2f..%2fetc%2fpasswd', 404, 'route_not_found'],
    ['/docs/..%2f..%2fpackage.json', 404, 'route_not_found'],
    ['/docs/%2e%2e/package.json', 404, 'route_not_found'],
    ['//evil.example/%2f..', 404, 'route_not_found'],
  ])('answers %s with %d %s', async (url, status, code) => {
    const answer = await raw(`GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(codeOf(answer)).toBe(code);
    expect(answer).toContain("content-security-policy: default-src 'none'");
  });

  it('answers a path without end', async () => {
    const answer = await raw(
      `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(codeOf(answer)).toBe('route_not_found');
    expect(answer.length).toBeLessThan(2_000);
  });

  it('puts nothing of the request into headers', async () => {
    const answer = await app.inject('/query?a=x%0d%0aSet-Cookie:%20evil=1');
    expect(answer.headers['set-cookie']).toBeUndefined();
    const redirect = await app.inject({ url: '/docs', headers: { host: 'evil.example' } });
    expect(redirect.headers.location).toBe('docs/');
  });
});

describe('answers', () => {
  it('carry security headers and a request id, and tell nothing of what made them', async () => {
    for (const url of ['/query', '/nothing', '/boom']) {
      const { headers, payload } = await app.inject(url);
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
      });
      expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['server']));
      expect(headers['x-powered-by']).toBeUndefined();
      expect(JSON.stringify(headers) + payload).not.toMatch(/fastify|9\.8\.7|secret\.ts|node/i);
    }
  });

  it('do not believe a forwarding header of whoever sends one', async () => {
    const answer = await app.inject({ url: '/query', headers: { 'x-forwarded-proto': 'https' } });
    expect(answer.headers['strict-transport-security']).toBeUndefined();
  });

  it('are problems while the app closes', async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /echo HTTP/1.1\r\nHost: x\r\n');
    const closed = app.close();
    await new Promise((done) => setImmediate(done));
    socket.write('Content-Length: 0\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(codeOf(Buffer.concat(chunks).toString())).toBe('shutting_down');
    await closed;
  });

  it('does not wait for connections that never said a word', async () => {
    const accepted = once(app.server, 'connection');
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => {});
    await accepted;
    const ended = once(silent, 'close');
    app.server.headersTimeout = 0;
    app.server.requestTimeout = 0;
    await app.close();
    expect(await ended).toEqual([false]);
  });
});

describe('connections', () => {
  it('refuses what is not HTTP, and heads that are too large', async () => {
    expect(codeOf(await raw('\x16\x03\x01 hello\r\n\r\n'))).toBe('invalid_request');
    const head = `GET /query HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`;
    expect(codeOf(await raw(head))).toBe('headers_too_large');
  });

  it('refuses two lengths in one request, with which requests are smuggled', async () => {
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n';
    expect(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toContain(
      'HTTP/1.1 400',
    );
    expect(await raw(`${head}Content-Length: 4\r\n\r\nabcd`)).toContain('HTTP/1.1 400');
  });

  it('lets no header get lost behind many others', async () => {
    let seen: string | undefined;
    app.server.prependListener('request', (request) => {
      seen = request.headers['x-forwarded-for']?.toString();
    });
    const padding = Array.from({ length: 2_500 }, () => 'a:b\r\n').join('');
    await raw(
      `GET /query HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${padding}X-Forwarded-For: 1.2.3.4\r\n\r\n`,
    );
    expect(seen).toBe('1.2.3.4');
  });

  it('cuts off who drips a head', async () => {
    expect(app.server.headersTimeout).toBe(15_000);
    app.server.headersTimeout = 100;
    const answer = await raw('GET /query HTTP/1.1\r\nHost: x\r\n');
    expect(codeOf(answer)).toBe('request_timeout');
  });

  it('bounds how many one address can open', async () => {
    const server = createServer();
    limitConnections(server, () => false);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address() as AddressInfo;
    const open = (): Socket => connect(address.port, '127.0.0.1');
    const sockets: Socket[] = [];
    for (let i = 0; i < 512; i++) {
      const socket = open();
      sockets.push(socket);
      await once(socket, 'connect');
    }
    const refused = open();
    refused.on('error', () => {});
    await once(refused, 'close');
    expect(sockets.every((socket) => !socket.closed)).toBe(true);
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
});
