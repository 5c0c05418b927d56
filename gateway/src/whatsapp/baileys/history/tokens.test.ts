import type { Chat, SignalDataSet, SignalDataTypeMap, SignalKeyStore } from 'baileys';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceStore } from '../../store.ts';
import { createKeyStore } from '../key-store.ts';
import { Records } from '../records.ts';
import { openDeviceStore } from '../testing/device-store.ts';
import { keepTokens, newerTokens, type Token } from './tokens.ts';

const JOHN = '5511888888888@s.whatsapp.net';
const JOHN_LID = '900000001@lid';
const ANN_LID = '900000002@lid';

function shelf(stored: Record<string, Token> = {}) {
  const keys: SignalKeyStore = {
    get: async <T extends keyof SignalDataTypeMap>(_type: T, ids: string[]) =>
      Object.fromEntries(ids.flatMap((id) => (stored[id] ? [[id, stored[id]]] : []))) as Record<
        string,
        SignalDataTypeMap[T]
      >,
    set: async ({ tctoken = {} }: SignalDataSet) => void Object.assign(stored, tctoken),
  };
  return {
    stored,
    keys: { withTokens: <T>(work: (alone: SignalKeyStore) => Promise<T>) => work(keys) },
    lidOf: async (jid: string) => (jid === JOHN ? JOHN_LID : null),
  };
}

const chat = (id: string, token: number | null, atS: number): Chat => ({
  id,
  ...(token === null ? {} : { tcToken: Uint8Array.of(token) }),
  tcTokenTimestamp: atS,
});

describe('the tokens in a chunk of history', () => {
  it('are kept under the LID, and known to those who look for old ones', async () => {
    const other = { token: Buffer.from('["900000003@lid"]') };
    const { stored, ...kept } = shelf({ __index: other });
    const own = { ...chat(ANN_LID, 2, 200), tcTokenSenderTimestamp: 150 };
    await keepTokens([chat(JOHN, 1, 100), own], kept);
    expect(stored[JOHN_LID]).toEqual({ token: Buffer.of(1), timestamp: '100' });
    expect(stored[ANN_LID]).toMatchObject({ timestamp: '200', senderTimestamp: 150 });
    expect(JSON.parse(String(stored['__index']?.token))).toEqual([
      '900000003@lid',
      JOHN_LID,
      ANN_LID,
    ]);
  });

  it('are none without a date, and none of groups without any', async () => {
    const { stored, ...kept } = shelf();
    await keepTokens([chat(JOHN, 1, 0), chat('120363@g.us', null, 100)], kept);
    expect(stored).toEqual({});
  });

  it('outlive a damaged list of who has one', async () => {
    const { stored, ...kept } = shelf({ __index: { token: Buffer.from('{') } });
    await keepTokens([chat(JOHN, 1, 100)], kept);
    expect(String(stored['__index']?.token)).toBe(`["${JOHN_LID}"]`);
  });

  it('never replace a newer one that is written while they are compared', async () => {
    const device = await openDeviceStore();
    try {
      let readOn: () => void = () => undefined;
      const goingOn = new Promise<void>((resolve) => (readOn = resolve));
      let reach: () => void = () => undefined;
      const reading = new Promise<void>((resolve) => (reach = resolve));
      const store: DeviceStore = {
        ...device.store,
        readRecords: async (...what) => {
          const found = await device.store.readRecords(...what);
          reach();
          await goingOn;
          return found;
        },
      };
      const keys = createKeyStore(new Records(store, device.key), { drop: async () => undefined });
      const kept = keepTokens([chat(ANN_LID, 1, 100)], { keys, lidOf: async () => null });
      await reading;
      const newer = { token: Buffer.of(2), timestamp: '200' };
      const given = keys.set({ tctoken: { [ANN_LID]: newer } });
      // Time enough to give it to the storage, if nobody kept it waiting.
      await new Promise((resolve) => setImmediate(resolve));
      readOn();
      await Promise.all([kept, given]);
      expect((await keys.get('tctoken', [ANN_LID]))[ANN_LID]).toMatchObject({ timestamp: '200' });
    } finally {
      await device.close();
    }
  });

  it('never replace one that is as new', () => {
    const token = fc.record({ atS: fc.nat(9), byte: fc.nat(255) });
    const made = ({ atS, byte }: { atS: number; byte: number }): Token => ({
      token: Buffer.of(byte),
      timestamp: String(atS),
    });
    fc.assert(
      fc.property(token, token, (found, stored) => {
        const fresh = newerTokens({ [ANN_LID]: made(found) }, { [ANN_LID]: made(stored) });
        expect(Object.keys(fresh)).toHaveLength(found.atS > stored.atS ? 1 : 0);
      }),
    );
  });
});
