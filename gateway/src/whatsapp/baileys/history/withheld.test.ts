import { deflateSync } from 'node:zlib';
import { downloadAndProcessHistorySyncNotification, proto } from 'baileys';
import { expect, it } from 'vitest';
import { withholdChunk } from './withheld.ts';

const { HistorySyncType } = proto.Message;

it.each([
  [
    'a link',
    { directPath: '/v/history/1.enc', mediaKey: Buffer.alloc(32, 1), progress: 40, chunkOrder: 2 },
  ],
  [
    'the chunk itself',
    {
      initialHistBootstrapInlinePayload: deflateSync(
        proto.HistorySync.encode({
          syncType: proto.HistorySync.HistorySyncType.RECENT,
          conversations: [{ id: '5511888888888@s.whatsapp.net', displayName: 'John' }],
        }).finish(),
      ),
    },
  ],
])('gives the library nothing to fetch or read of a notification with %s', async (_what, given) => {
  const notification = { syncType: HistorySyncType.RECENT, ...given };
  expect(withholdChunk(notification)).toBe(true);
  const read = await downloadAndProcessHistorySyncNotification(notification, {});
  expect(read).toMatchObject({ chats: [], contacts: [], messages: [], lidPnMappings: [] });
});

it('leaves the years-long full history alone', () => {
  const notification = { syncType: HistorySyncType.FULL, directPath: '/v/history/1.enc' };
  expect(withholdChunk(notification)).toBe(false);
  expect(notification).not.toHaveProperty('initialHistBootstrapInlinePayload');
});
