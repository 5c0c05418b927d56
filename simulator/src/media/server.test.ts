import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encryptedStream, getWAUploadToServer } from 'baileys';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { seededRandom } from '../kernel/random.ts';
import { decryptMedia, encryptMedia, sha256 } from './crypto.ts';
import type { MediaServer } from './port.ts';
import { createMediaServer, type MediaServerOptions } from './server.ts';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: Buffer;
}

/** Time that passes at once: every pause is recorded and over in the next turn. */
function hurriedClock(pauses: number[]): Clock {
  return {
    now: () => Date.now(),
    after(delayMs, callback) {
      pauses.push(delayMs);
      const handle = setImmediate(callback);
      return { cancel: () => clearImmediate(handle) };
    },
  };
}

const pauses: number[] = [];
const servers: MediaServer[] = [];
const agents: Agent[] = [];

async function start(options: Partial<MediaServerOptions> = {}): Promise<MediaServer> {
  const media = await createMediaServer({
    random: seededRandom(1),
    clock: hurriedClock(pauses),
    ...options,
  });
  servers.push(media);
  return media;
}

function trusting(media: MediaServer): Agent {
  const agent = new Agent({ ca: media.caPem, keepAlive: true });
  agents.push(agent);
  return agent;
}

function ask(
  media: MediaServer,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      `https://${media.host}${path}`,
      { agent: trusting(media), ...rest },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function uploadPath(media: MediaServer, body: Uint8Array, auth = media.auth, kind = 'mms/image') {
  const token = Buffer.from(sha256(body)).toString('base64url');
  return `/${kind}/${token}?auth=${auth}&token=${token}`;
}

const blob = encryptMedia(seededRandom(5).bytes(1000), 'image', new Uint8Array(32)).encrypted;

beforeEach(() => void (pauses.length = 0));
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await Promise.all(servers.splice(0).map((media) => media.close()));
});

describe('media server', () => {
  it('gives back what was uploaded', async () => {
    const media = await start();
    const sent = await ask(media, uploadPath(media, blob), { method: 'POST', body: blob });
    expect(sent.status).toBe(200);
    const { url, direct_path } = JSON.parse(sent.body.toString()) as Record<string, string>;
    expect(url).toBe(`https://${media.host}${direct_path}`);
    const got = await ask(media, `${direct_path}&hash=abc&mms-type=image`);
    expect([got.status, got.body.equals(blob)]).toEqual([200, true]);
    expect(media.read(direct_path ?? '')).toEqual(blob);
  });

  it('serves what the simulator stored itself, in ranges too, until it expires', async () => {
    const media = await start();
    const { directPath } = media.store('image', blob);
    const part = await ask(media, directPath, { headers: { range: 'bytes=16-31' } });
    expect([part.status, part.headers['content-range']]).toEqual([
      206,
      `bytes 16-31/${blob.length}`,
    ]);
    expect(part.body).toEqual(Buffer.from(blob.subarray(16, 32)));
    const beyond = await ask(media, directPath, { headers: { range: 'bytes=9999-' } });
    expect(beyond.status).toBe(416);
    media.expire(directPath);
    expect((await ask(media, directPath)).status).toBe(404);
    expect(media.read(directPath)).toBeNull();
  });

  it('refuses uploads that are not in order', async () => {
    const media = await start({ maxFileBytes: 2000 });
    const post = async (path: string, body = blob) =>
      (await ask(media, path, { method: 'POST', body })).status;
    const good = uploadPath(media, blob);
    expect(await post(uploadPath(media, blob, 'wrong'))).toBe(401);
    expect(await post(good, blob.subarray(1))).toBe(400);
    expect(await post(good.replace(/&token=.*/, '&token=x'))).toBe(400);
    expect(await post(good.replace('/mms/', '/other/'))).toBe(404);
    expect(await post(good, Buffer.alloc(2001))).toBe(413);
    expect((await ask(media, '/v/image/1_a.enc', { method: 'PUT' })).status).toBe(405);
  });

  it('stops a body that grows too large without a length', async () => {
    const media = await start({ maxFileBytes: 2000 });
    const body = Buffer.alloc(5000);
    const answer = await ask(media, uploadPath(media, body), {
      method: 'POST',
      body,
      headers: { 'transfer-encoding': 'chunked' },
    });
    expect(answer.status).toBe(413);
  });

  it('answers a cover picture with what is needed to set it', async () => {
    const media = await start();
    const path = uploadPath(media, blob, media.auth, 'pps/biz-cover-photo');
    const answer = await ask(media, path, { method: 'POST', body: blob });
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      meta_hmac: expect.any(String) as string,
      fbid: expect.any(Number) as number,
      ts: expect.any(Number) as number,
    });
  });

  it('does harm on demand, as often as asked, and then no more', async () => {
    const media = await start();
    const { directPath } = media.store('image', blob);
    media.fail({ kind: 'not-found', times: 1 });
    media.fail({ kind: 'gone', times: 1 });
    media.fail({ kind: 'corrupt', times: 1 });
    media.fail({ kind: 'cut', times: 1 });
    media.fail({ kind: 'slow', times: 1, delayMs: 800 });
    expect((await ask(media, directPath)).status).toBe(404);
    expect((await ask(media, directPath)).status).toBe(410);
    const corrupt = await ask(media, directPath);
    expect([corrupt.status, corrupt.body.length]).toEqual([200, blob.length]);
    expect(corrupt.body.equals(blob)).toBe(false);
    await expect(ask(media, directPath)).rejects.toThrow(/aborted|hang up/);
    expect((await ask(media, directPath)).body.equals(blob)).toBe(true);
    expect(pauses).toEqual(Array.from({ length: 8 }, () => 100));
    expect((await ask(media, directPath)).body.equals(blob)).toBe(true);
  });

  it('does harm to uploads', async () => {
    const media = await start();
    const post = () => ask(media, uploadPath(media, blob), { method: 'POST', body: blob });
    media.fail({ kind: 'upload-refused', times: 1 });
    media.fail({ kind: 'cut', times: 1, direction: 'upload' });
    media.fail({ kind: 'slow', times: 1, direction: 'upload' });
    expect((await post()).status).toBe(500);
    await expect(post()).rejects.toThrow(/hang up|ECONNRESET|EPIPE/);
    expect((await post()).status).toBe(200);
    expect(pauses).toEqual([2000]);
  });
});

describe('with Baileys', () => {
  it('takes its uploads and serves its downloads, trusted by environment alone', async () => {
    const media = await start();
    const plain = Buffer.from(seededRandom(9).bytes(100_000));
    const made = await encryptedStream(plain, 'image');
    const upload = getWAUploadToServer(
      {
        customUploadHosts: [],
        fetchAgent: trusting(media),
        logger: pino({ level: 'silent' }),
        options: {},
      } as unknown as Parameters<typeof getWAUploadToServer>[0],
      async () => ({
        auth: media.auth,
        ttl: 300,
        hosts: [{ hostname: media.host, maxContentLengthBytes: media.maxFileBytes }],
        fetchDate: new Date(),
      }),
    );
    const { directPath } = await upload(made.encFilePath, {
      mediaType: 'image',
      fileEncSha256B64: made.fileEncSha256.toString('base64'),
    });
    await rm(made.encFilePath);
    const stored = media.read(directPath);
    expect(Buffer.from(decryptMedia(stored ?? new Uint8Array(), 'image', made))).toEqual(plain);

    const folder = await mkdtemp(join(tmpdir(), 'media-'));
    try {
      const ca = join(folder, 'ca.pem');
      await writeFile(ca, media.caPem);
      const script = `
        import { downloadContentFromMessage } from 'baileys';
        import { createHash } from 'node:crypto';
        const { mediaKey, url, directPath } = JSON.parse(process.env.MEDIA);
        const from = { mediaKey: Buffer.from(mediaKey, 'hex'), url, directPath };
        for (const range of [{}, { startByte: 40, endByte: 999 }]) {
          const hash = createHash('sha256');
          for await (const chunk of await downloadContentFromMessage(from, 'image', range)) hash.update(chunk);
          console.log(hash.digest('hex'));
        }`;
      const url = `https://${media.host}${directPath}`;
      const mediaKey = Buffer.from(made.mediaKey).toString('hex');
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['--input-type=module', '-e', script],
        {
          cwd: import.meta.dirname,
          env: {
            ...process.env,
            NODE_EXTRA_CA_CERTS: ca,
            MEDIA: JSON.stringify({ mediaKey, url, directPath }),
          },
        },
      );
      const hex = (bytes: Uint8Array) => Buffer.from(sha256(bytes)).toString('hex');
      expect(stdout.trim().split('\n')).toEqual([hex(plain), hex(plain.subarray(40, 999))]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
