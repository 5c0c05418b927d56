import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import type { DownloadLimits } from './download.ts';
import { createOutbound, type OutboundOptions } from './outbound.ts';

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createHttpServer(listener));

/** A server that answers every connection with these bytes as soon as something comes in. */
const serveRaw = (answer: (socket: Socket) => void) =>
  listen(createTcpServer((socket) => void socket.once('data', () => answer(socket))));

function outbound(options: Partial<OutboundOptions> = {}) {
  const made = createOutbound({ allow: ['127.0.0.1'], clock: systemClock, ...options });
  closing.push(() => made.close());
  return made;
}

const get = { method: 'GET', deadlineMs: 2_000, maxBodyBytes: 1_000 } as const;
const SOON = { ...get, deadlineMs: 150 };

describe('a request', () => {
  it('sends and reads what it should and keeps the name', async () => {
    const port = await serve((request, response) => {
      response.writeHead(201, { 'x-host': request.headers.host });
      request.pipe(response);
    });
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const answer = await outbound({ resolve }).request(`http://shop.example:${port}/a?b=c`, {
      ...get,
      method: 'POST',
      body: 'hello',
    });
    expect(answer).toMatchObject({ kind: 'answered', status: 201, bodyState: 'complete' });
    expect(answer.kind === 'answered' && Buffer.from(answer.body).toString()).toBe('hello');
    expect(answer.kind === 'answered' && answer.headers['x-host']).toBe(`shop.example:${port}`);
  });

  it('reaches loopback only when the operator set the URL', async () => {
    const port = await serve((_request, response) => void response.end('in'));
    const client = outbound({ allow: [] });
    const url = `http://127.0.0.1:${port}/`;
    expect(await client.request(url, get)).toMatchObject({ kind: 'failed', stage: 'guard' });
    expect(await client.request(url, { ...get, trusted: true })).toMatchObject({ status: 200 });
    expect(await client.request(url, get)).toMatchObject({ kind: 'failed', stage: 'guard' });
  });

  it('goes to the address it checked: a name is asked once per connection', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(200, { connection: 'close' }).end();
    });
    const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.1'];
    let asked = 0;
    const client = outbound({
      resolve: async () => [{ address: answers[asked++] ?? '', family: 4 }],
    });
    const url = `http://rebinding.example:${port}/`;
    expect(await client.request(url, get)).toMatchObject({ status: 200 });
    expect(asked).toBe(1);
    expect(await client.request(url, get)).toMatchObject({ stage: 'guard' });
    expect(asked).toBe(2);
  });

  it('returns redirects as they are', async () => {
    const port = await serve((_request, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    });
    expect(await outbound().request(`http://127.0.0.1:${port}/`, get)).toMatchObject({
      status: 302,
    });
  });

  it('tells name, connection and TLS trouble apart', async () => {
    const client = outbound({
      resolve: async () => {
        throw new Error('ENOTFOUND');
      },
    });
    expect(await client.request('http://nowhere.example/', get)).toMatchObject({ stage: 'dns' });
    const port = await serve(() => {});
    await closing.pop()?.();
    const url = `http://127.0.0.1:${port}/`;
    expect(await client.request(url, get)).toMatchObject({ stage: 'connect' });
    const plain = await serveRaw((socket) => socket.end('I speak no TLS at all'));
    const secure = await client.request(`https://127.0.0.1:${plain}/`, get);
    expect(secure).toMatchObject({ stage: 'tls' });
    const rude = await serveRaw((socket) => socket.resetAndDestroy());
    expect(await client.request(`https://127.0.0.1:${rude}/`, get)).toMatchObject({ stage: 'tls' });
  });

  it('ends at its deadline, whatever the server does', async () => {
    const silent = await serveRaw(() => {});
    const client = outbound();
    expect(await client.request(`http://127.0.0.1:${silent}/`, SOON)).toMatchObject({
      kind: 'failed',
      stage: 'timeout',
    });
    const dripping = await serve((_request, response) => {
      response.writeHead(200).write('a');
      const timer = setInterval(() => response.write('a'), 10);
      response.on('close', () => clearInterval(timer));
    });
    expect(await client.request(`http://127.0.0.1:${dripping}/`, SOON)).toMatchObject({
      kind: 'answered',
      status: 200,
      bodyState: 'late',
    });
    const slowName = outbound({ resolve: () => new Promise(() => {}) });
    expect(await slowName.request('http://slow.example/', SOON)).toMatchObject({
      stage: 'timeout',
    });
    const trickling = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ');
      const timer = setInterval(() => socket.write('a'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await client.request(`http://127.0.0.1:${trickling}/`, SOON)).toMatchObject({
      stage: 'timeout',
    });
  });

  it('reads an endless body up to its limit and hangs up', async () => {
    let gone = () => {};
    const hungUp = new Promise<void>((resolve) => (gone = resolve));
    const port = await serve((_request, response) => {
      response.writeHead(200).on('close', gone);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        response.once('drain', more);
      };
      more();
    });
    const answer = await outbound().request(`http://127.0.0.1:${port}/`, get);
    expect(answer).toMatchObject({ kind: 'answered', bodyState: 'cut' });
    expect(answer.kind === 'answered' && answer.body.length).toBe(1_000);
    await hungUp;
  });

  it('keeps the status of an answer whose body breaks off', async () => {
    const bytes = 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort';
    const port = await serveRaw((socket) => socket.end(bytes));
    const outcome = await outbound().request(`http://127.0.0.1:${port}/`, get);
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, bodyState: 'broken' });
  });

  it.each([
    ['a connection that ends before the answer', ''],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}`],
  ])('survives %s', async (_what, bytes) => {
    const port = await serveRaw((socket) => socket.end(bytes));
    const outcome = await outbound().request(`http://127.0.0.1:${port}/`, get);
    expect(outcome).toMatchObject({ kind: 'failed', stage: 'broken' });
  });

  it('can be given up', async () => {
    const port = await serve(() => {});
    const controller = new AbortController();
    const url = `http://127.0.0.1:${port}/`;
    const asked = outbound().request(url, { ...get, signal: controller.signal });
    controller.abort();
    expect(await asked).toMatchObject({ kind: 'failed', stage: 'aborted' });
  });

  it('fails as given up once the client is closed', async () => {
    const client = outbound();
    await client.close();
    const outcome = await client.request('http://127.0.0.1:1/', get);
    expect(outcome).toMatchObject({ kind: 'failed', stage: 'aborted' });
  });
});

describe('a download', () => {
  const limits: DownloadLimits = {
    maxBytes: 1_000,
    deadlineMs: 2_000,
    maxRedirects: 2,
    accepts: (mediaType) => mediaType.startsWith('image/'),
  };

  async function fetchFrom(listener: RequestListener, more: Partial<DownloadLimits> = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'download-'));
    closing.push(() => rm(folder, { recursive: true }));
    const port = await serve(listener);
    const file = join(folder, 'file');
    const url = `http://127.0.0.1:${port}/photos/a%20b.jpg`;
    const outcome = await outbound().download(url, file, { ...limits, ...more });
    return { outcome, file, left: await readdir(folder) };
  }

  it('saves a body and says what it is', async () => {
    const { outcome, file } = await fetchFrom((request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      response.writeHead(200, { 'content-type': 'Image/JPEG; x=y' }).end('bytes');
    });
    expect(outcome).toEqual({
      kind: 'saved',
      bytes: 5,
      mediaType: 'image/jpeg',
      fileName: 'a b.jpg',
    });
    expect(await readFile(file, 'utf8')).toBe('bytes');
  });

  it.each([
    [`attachment; filename="report.png"`, 'report.png'],
    [`attachment; filename=report.png`, 'report.png'],
    [`attachment; filename="x.png"; filename*=UTF-8''ol%C3%A1.png`, 'olá.png'],
    [`attachment; filename="../../etc/passwd"`, 'passwd'],
    [`inline`, 'a b.jpg'],
  ])('takes the name from %s', async (disposition, name) => {
    const { outcome } = await fetchFrom((_request, response) => {
      const headers = { 'content-type': 'image/png', 'content-disposition': disposition };
      response.writeHead(200, headers).end('x');
    });
    expect(outcome).toMatchObject({ fileName: name });
  });

  it('follows a few redirects', async () => {
    const { outcome } = await fetchFrom((request, response) => {
      if (request.url === '/end') {
        response.writeHead(200, { 'content-type': 'image/png' }).end('x');
      } else {
        const location = request.url === '/second' ? '/end' : '/second';
        response.writeHead(302, { location }).end();
      }
    });
    expect(outcome).toMatchObject({ kind: 'saved', fileName: 'end' });
  });

  const image = { 'content-type': 'image/png' };

  it.each<[string, RequestListener, object]>([
    ['404', (_, r) => void r.writeHead(404).end(), { reason: 'not_found', status: 404 }],
    ['410', (_, r) => void r.writeHead(410).end(), { reason: 'not_found', status: 410 }],
    ['500', (_, r) => void r.writeHead(500).end(), { reason: 'http_error', status: 500 }],
    ['401', (_, r) => void r.writeHead(401).end(), { reason: 'http_error', status: 401 }],
    [
      'a web page',
      (_, r) => void r.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>'),
      { reason: 'html' },
    ],
    [
      'a web page dressed as an image',
      (_, r) => void r.writeHead(200, image).end('\n<!DOCTYPE html><html>'),
      { reason: 'html' },
    ],
    [
      'another type',
      (_, r) => void r.writeHead(200, { 'content-type': 'application/zip' }).end('x'),
      { reason: 'wrong_type' },
    ],
    ['no type', (_, r) => void r.writeHead(200).end('x'), { reason: 'wrong_type' }],
    [
      'a compressed body',
      (_, r) => void r.writeHead(200, { ...image, 'content-encoding': 'gzip' }).end('x'),
      { reason: 'wrong_type' },
    ],
    [
      'an announced giant',
      (_, r) => void r.writeHead(200, { ...image, 'content-length': 1e12 }).write('x'),
      { reason: 'too_large' },
    ],
    [
      'a giant that keeps quiet about it',
      (_, r) => void r.writeHead(200, image).end('x'.repeat(1_001)),
      { reason: 'too_large' },
    ],
    [
      'a redirect inside',
      (_, r) => void r.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
      { reason: 'blocked' },
    ],
    [
      'a redirect to another protocol',
      (_, r) => void r.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      { reason: 'blocked' },
    ],
    [
      'a redirect to a user name',
      (_, r) => void r.writeHead(302, { location: 'http://a:b@127.0.0.1/' }).end(),
      { reason: 'blocked' },
    ],
    [
      'a redirect in circles',
      (_, r) => void r.writeHead(302, { location: '/again' }).end(),
      { reason: 'too_many_redirects' },
    ],
    ['a redirect to nowhere', (_, r) => void r.writeHead(302).end(), { reason: 'http_error' }],
    [
      'a body shorter than announced',
      (_, r) => {
        r.writeHead(200, { ...image, 'content-length': 50 }).write('x');
        r.socket?.end();
      },
      { reason: 'broken' },
    ],
  ])('ends well on %s', async (_what, listener, expected) => {
    const { outcome, left } = await fetchFrom(listener);
    expect(outcome).toMatchObject({ kind: 'not_saved', ...expected });
    expect(left).toEqual([]);
  });

  it('saves a web page for those who want one', async () => {
    const { outcome } = await fetchFrom(
      (_, r) => void r.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
      { accepts: () => true },
    );
    expect(outcome).toMatchObject({ kind: 'saved', mediaType: 'text/html' });
  });

  it('does not wait for a body that drips', async () => {
    const { outcome } = await fetchFrom(
      (_request, response) => {
        response.writeHead(200, image).write('x');
        const timer = setInterval(() => response.write('x'), 10);
        response.on('close', () => clearInterval(timer));
      },
      { deadlineMs: 150 },
    );
    expect(outcome).toMatchObject({ reason: 'too_slow' });
  });

  it('says when the file cannot be made', async () => {
    const port = await serve((_request, response) => void response.writeHead(200, image).end('x'));
    const file = join(tmpdir(), 'no', 'such', 'folder');
    const outcome = await outbound().download(`http://127.0.0.1:${port}/`, file, limits);
    expect(outcome).toMatchObject({ reason: 'disk' });
  });
});
