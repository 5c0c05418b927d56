import { proto } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pastMessage, withinBudget } from './past-message.ts';

const NOW_MS = 1_800_000_000_000;
const DAY_S = 86_400;
const chat = '5511888888888@s.whatsapp.net';
const info = (messageTimestamp: number, more: proto.IWebMessageInfo = { key: {} }) => ({
  ...more,
  key: { remoteJid: chat, id: 'A1', fromMe: false, ...more.key },
  message: { conversation: 'hello' },
  messageTimestamp,
});

describe('the budget', () => {
  it('lets nothing older through, and the newest first', () => {
    const instants = fc.array(fc.integer({ min: 1_600_000_000, max: NOW_MS / 1000 }));
    fc.assert(
      fc.property(instants, fc.integer({ min: 1, max: 2_000 }), (seconds, days) => {
        const kept = withinBudget(
          seconds.map((at) => info(at)),
          { days },
          NOW_MS,
        );
        const times = kept.map(({ messageTimestamp }) => messageTimestamp);
        const oldest = NOW_MS / 1000 - days * DAY_S;
        expect(times).toEqual(
          seconds.filter((at) => at >= oldest).sort((one, other) => other - one),
        );
      }),
    );
    expect(withinBudget([info(NOW_MS / 1000)], 'names', NOW_MS)).toEqual([]);
    expect(withinBudget([info(NOW_MS / 1000)], 'off', NOW_MS)).toEqual([]);
  });
});

describe('a message of the history', () => {
  it('is like one that came, and says how far ours had come', () => {
    expect(pastMessage(info(1_700_000_000))).toMatchObject({
      messageId: 'A1',
      chat,
      fromMe: false,
      status: null,
      timestampMs: 1_700_000_000_000,
      content: { conversation: 'hello' },
    });
    const { READ, SERVER_ACK } = proto.WebMessageInfo.Status;
    const own = (status: proto.WebMessageInfo.Status) =>
      pastMessage(info(1, { key: { fromMe: true }, status }))?.status;
    expect([own(READ), own(SERVER_ACK)]).toEqual(['read', 'sent']);
  });

  it('is none without an id, a chat or words', () => {
    expect(pastMessage(info(1, { key: { id: null } }))).toBeNull();
    expect(pastMessage(info(1, { key: { remoteJid: '' } }))).toBeNull();
    expect(pastMessage({ ...info(1), message: null })).toBeNull();
    const keys = { protocolMessage: { appStateSyncKeyShare: {}, type: 6 } };
    expect(pastMessage({ ...info(1), message: keys })).toBeNull();
  });
});
