/** A fault of baileys 7.0.0-rc14; see `alone.test.ts`. */
import {
  addTransactionCapability,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from 'baileys';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { keepTrustTokens } from '../../gateway/src/whatsapp/baileys/trust-tokens.ts';

const ANN = '900000001@lid';
const TOKEN = { token: Buffer.from('trusted'), timestamp: '1700000000' };

function memory(): SignalKeyStore {
  const kept = new Map<string, unknown>();
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const id of ids) {
        if (kept.has(`${type}/${id}`)) {
          found[id] = kept.get(`${type}/${id}`) as SignalDataTypeMap[T];
        }
      }
      return found;
    },
    set(data: SignalDataSet) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) kept.set(`${type}/${id}`, value);
      }
    },
  };
}

/** Stores a token as `relayMessage` does: begun in the transaction of a send, done when that is over. */
async function storeAfterSend(
  keys: ReturnType<typeof addTransactionCapability>,
  data: SignalDataSet,
): Promise<void> {
  let background = Promise.resolve();
  let sent: () => void = () => undefined;
  const isSent = new Promise<void>((resolve) => (sent = resolve));
  await keys.transaction(async () => {
    background = isSent.then(() => keys.set(data));
  }, 'me');
  sent();
  await background;
}

describe('a trusted-contact token that is stored when its send is over', () => {
  it('is lost, so that the next message issues another', async () => {
    const disk = memory();
    const keys = transactional(disk);
    await storeAfterSend(keys, { tctoken: { [ANN]: TOKEN } });
    expect(await disk.get('tctoken', [ANN])).toEqual({});
  });

  it('is kept by the gateway, for the next send to see', async () => {
    const disk = memory();
    const keys = transactional(disk);
    keepTrustTokens(keys, disk);
    await storeAfterSend(keys, { tctoken: { [ANN]: TOKEN } });
    expect(await disk.get('tctoken', [ANN])).toEqual({ [ANN]: TOKEN });
    await keys.transaction(async () => {
      expect(await keys.get('tctoken', [ANN])).toEqual({ [ANN]: TOKEN });
    }, 'me');
  });

  it('leaves everything else to the transaction', async () => {
    const disk = memory();
    const keys = transactional(disk);
    keepTrustTokens(keys, disk);
    const memo = { 'sender-key-memory': { group: { [ANN]: true } } };
    await keys.transaction(async () => {
      await keys.set({ ...memo, tctoken: { [ANN]: TOKEN } });
      expect(await disk.get('sender-key-memory', ['group'])).toEqual({});
      expect(await disk.get('tctoken', [ANN])).toEqual({ [ANN]: TOKEN });
    }, 'me');
    expect(await disk.get('sender-key-memory', ['group'])).toEqual(memo['sender-key-memory']);
  });
});

const transactional = (disk: SignalKeyStore) =>
  addTransactionCapability(disk, pino({ level: 'silent' }), {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 0,
  });
