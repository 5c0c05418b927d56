import { deflateSync } from 'node:zlib';
import { proto } from 'baileys';
import { expect, it } from 'vitest';
import { VirtualClock } from '../../../kernel/virtual-clock.ts';
import { openChunk } from './chunk.ts';
import { MAX_CHUNK_BYTES, UnreadableChunk } from './download.ts';

const source = {
  egress: null,
  clock: new VirtualClock(),
  signal: new AbortController().signal,
};
const open = (deflated: Buffer) =>
  openChunk({ initialHistBootstrapInlinePayload: deflated }, source);

it('opens a chunk that came along', async () => {
  const chunk = { syncType: proto.HistorySync.HistorySyncType.RECENT, progress: 40 };
  const deflated = deflateSync(proto.HistorySync.encode(chunk).finish());
  expect(await open(deflated)).toMatchObject(chunk);
});

it('does not unpack one that is larger than 64 MiB, however small it came', async () => {
  const deflated = deflateSync(Buffer.alloc(MAX_CHUNK_BYTES + 1));
  expect(deflated.length).toBeLessThan(100_000);
  const opened = open(deflated);
  await expect(opened).rejects.toBeInstanceOf(UnreadableChunk);
  await expect(opened).rejects.toMatchObject({ cause: { code: 'ERR_BUFFER_TOO_LARGE' } });
});
