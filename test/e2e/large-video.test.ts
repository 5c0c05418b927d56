import { createReadStream, openAsBlob } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mp4 } from '../../gateway/src/messages/media-fixtures.ts';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';

const MIB = 1024 * 1024;
const SMALL_BYTES = 5 * MIB;
const LARGE_BYTES = 100_000_000;
const MAX_RISE_BYTES = 40_000_000;

/** What a file costs the process: the peak of its memory, which Linux keeps, against what it had before. */
describe('a video of 100 MB', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let john: AccountHandle;
  let folder: string;
  let server: Server;

  const film = (bytes: number) => join(folder, `${bytes}.mp4`);

  /** A film with a box of nothing behind it. */
  async function makeFilm(bytes: number): Promise<void> {
    const head = mp4();
    const free = Buffer.alloc(8);
    free.writeUInt32BE(bytes - head.length, 0);
    free.write('free', 4, 'latin1');
    await writeFile(film(bytes), Buffer.concat([head, free]));
    const handle = await open(film(bytes), 'r+');
    await handle.truncate(bytes);
    await handle.close();
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'large-video-'));
    await Promise.all([SMALL_BYTES, LARGE_BYTES].map(makeFilm));
    server = createServer((request, response) => {
      response.setHeader('content-type', 'video/mp4');
      createReadStream(film(Number(request.url?.slice(1)))).pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    simulator = await createSimulator({ seed: 41 });
    const shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    gateway = await GatewayProcess.prepare(simulator, { OUTBOUND_ALLOW: '127.0.0.1' });
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
  });

  afterAll(async () => {
    await gateway.dispose();
    await simulator.close();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  /** A figure of the process as Linux names it. */
  async function memory(name: 'VmRSS' | 'VmHWM'): Promise<number> {
    const status = await readFile(`/proc/${gateway.pid}/status`, 'utf8');
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  }

  async function riseDuring(work: () => Promise<void>): Promise<number> {
    // 5 sets the peak back to what is in use now.
    await writeFile(`/proc/${gateway.pid}/clear_refs`, '5');
    const before = await memory('VmRSS');
    await work();
    return (await memory('VmHWM')) - before;
  }

  async function send(video: object, bytes: number): Promise<void> {
    const content = { to: john.number, video };
    const { body } = await gateway.call('POST', '/sessions/shop/send?wait=60', content);
    expect(body).toMatchObject({ success: true, status: 'sent' });
    const { message } = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(Number(message.videoMessage?.fileLength)).toBe(bytes);
  }

  async function byUrl(bytes: number): Promise<void> {
    const { port } = server.address() as AddressInfo;
    await send({ url: `http://127.0.0.1:${port}/${bytes}` }, bytes);
  }

  async function byUpload(bytes: number): Promise<void> {
    const form = new FormData();
    form.append('file', await openAsBlob(film(bytes)), 'film.mp4');
    const answer = await fetch(`${gateway.url}/sessions/shop/media?type=video`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
      body: form,
    });
    expect(answer.status).toBe(201);
    const { mediaId } = (await answer.json()) as { mediaId: string };
    await send({ mediaId }, bytes);
  }

  it.each([
    ['fetched from a URL', byUrl],
    ['uploaded', byUpload],
  ])(
    'goes through with little memory when %s',
    async (title, sendFilm) => {
      // The first film of any size warms the process up.
      await sendFilm(SMALL_BYTES);
      const rise = await riseDuring(() => sendFilm(LARGE_BYTES));
      process.stdout.write(`100 MB ${title}: memory rose by ${(rise / 1e6).toFixed(1)} MB\n`);
      expect(rise).toBeLessThan(MAX_RISE_BYTES);
    },
    180_000,
  );
});
