import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { MockAgent } from 'undici';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../kernel/virtual-clock.ts';
import { chunkUrl, downloadChunk, UnreadableChunk } from './download.ts';

const mediaKey = Buffer.alloc(32, 7);
const plain = Buffer.from('what a phone stores');

function encrypted(): Buffer {
  const keys = Buffer.from(hkdfSync('sha256', mediaKey, '', 'WhatsApp History Keys', 112));
  const iv = keys.subarray(0, 16);
  const cipher = createCipheriv('aes-256-cbc', keys.subarray(16, 48), iv);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  const mac = createHmac('sha256', keys.subarray(48, 80)).update(iv).update(body).digest();
  return Buffer.concat([body, mac.subarray(0, 10)]);
}

const notification = {
  mediaKey,
  directPath: '/v/history.enc?a=1',
  fileSha256: createHash('sha256').update(plain).digest(),
};

/** What comes of a download that is answered so; null: not at all. */
async function fetched(
  answer: { status: number; body: Buffer; location?: string } | null,
  wanted: Partial<typeof notification> = {},
  act: (parts: { clock: VirtualClock; abort: () => void }) => unknown = () => undefined,
): Promise<Buffer> {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const agent = new MockAgent();
  agent.disableNetConnect();
  const pool = agent.get('https://mmg.whatsapp.net');
  if (answer) {
    const { status, body, location } = answer;
    pool
      .intercept({ path: '/v/history.enc?a=1' })
      .reply(status, body, { headers: location ? { location } : {} });
  }
  const dispatcher = answer ? agent : { dispatch: () => true };
  const egress = {
    dispatcher,
    agent: () => {
      throw new Error('not asked for');
    },
  };
  const parts = { egress, clock, signal: controller.signal };
  try {
    const download = downloadChunk({ ...notification, ...wanted }, parts);
    const acted = act({ clock, abort: () => controller.abort() });
    return (await Promise.all([download, acted]))[0];
  } finally {
    await agent.close();
  }
}

describe('the download of a chunk', () => {
  it('gives what the phone stored, and nothing that was changed on the way', async () => {
    const body = encrypted();
    expect(await fetched({ status: 200, body })).toEqual(plain);
    const flipped = Buffer.from(body);
    flipped[3] = (flipped[3] ?? 0) ^ 1;
    await expect(fetched({ status: 200, body: flipped })).rejects.toThrow(UnreadableChunk);
    const other = { fileSha256: Buffer.alloc(32) };
    await expect(fetched({ status: 200, body }, other)).rejects.toThrow(UnreadableChunk);
    await expect(fetched({ status: 200, body: Buffer.alloc(3) })).rejects.toThrow(UnreadableChunk);
  });

  it('asks nobody but WhatsApp', async () => {
    const redirect = { status: 302, body: Buffer.alloc(0), location: 'https://other.example/' };
    await expect(fetched(redirect)).rejects.toThrow('fetch failed');
    const paths = ['@other.example/v', '.other.example/v', '//other.example/v', '/\\other', ''];
    expect(paths.map(chunkUrl)).toEqual(paths.map(() => null));
    await expect(fetched(null, { directPath: '@other.example/v' })).rejects.toThrow(
      UnreadableChunk,
    );
  });

  it('may be had later when it is not there', async () => {
    const gone = fetched({ status: 404, body: Buffer.alloc(0) });
    await expect(gone).rejects.not.toThrow(UnreadableChunk);
  });

  it('is over after a minute, and at once when it is ended', async () => {
    const late = fetched(null, {}, ({ clock }) => clock.advance(60_000));
    await expect(late).rejects.toMatchObject({ stage: 'timeout' });
    const ended = fetched(null, {}, ({ abort }) => abort());
    await expect(ended).rejects.toMatchObject({ stage: 'aborted' });
  });
});
