/** What the transactions of baileys 7.0.0-rc14 lose, and those that replace them; see `alone.test.ts`. */
import {
  addTransactionCapability,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from 'baileys';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import {
  NestedTransaction,
  takeOverTransactions,
} from '../../gateway/src/whatsapp/baileys/transactions.ts';
import { createSimulator } from '../../simulator/src/index.ts';
import { Client } from '../simulator/support/client.ts';

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
    takeOverTransactions(keys, disk);
    await storeAfterSend(keys, { tctoken: { [ANN]: TOKEN } });
    expect(await disk.get('tctoken', [ANN])).toEqual({ [ANN]: TOKEN });
    await keys.transaction(async () => {
      expect(await keys.get('tctoken', [ANN])).toEqual({ [ANN]: TOKEN });
    }, 'me');
  });
});

describe('a transaction of the gateway', () => {
  const memo = { 'sender-key-memory': { group: { [ANN]: true } } };

  it('sees what it wrote, and keeps it when it succeeds', async () => {
    const disk = memory();
    const keys = transactional(disk);
    takeOverTransactions(keys, disk);
    await keys.transaction(async () => {
      await keys.set({ ...memo, tctoken: { [ANN]: TOKEN } });
      expect(await disk.get('sender-key-memory', ['group'])).toEqual({});
      expect(await keys.get('sender-key-memory', ['group', 'other'])).toEqual({
        group: { [ANN]: true },
      });
      expect(await disk.get('tctoken', [ANN])).toEqual({ [ANN]: TOKEN });
    }, 'me');
    expect(await disk.get('sender-key-memory', ['group'])).toEqual(memo['sender-key-memory']);
  });

  it('remembers who was given a key when the message that brings it has left', async () => {
    const disk = memory();
    const keys = transactional(disk);
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    takeOverTransactions(keys, disk, () => left);
    const sent = keys.transaction(async () => keys.set(memo), 'me');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await disk.get('sender-key-memory', ['group'])).toEqual({});
    leave();
    await sent;
    expect(await disk.get('sender-key-memory', ['group'])).toEqual(memo['sender-key-memory']);
  });

  it('writes who has a key only when somebody new was given it', async () => {
    const disk = memory();
    const written = vi.spyOn(disk, 'set');
    const keys = transactional(disk);
    takeOverTransactions(keys, disk);
    const give = (holders: Record<string, boolean> | null) =>
      keys.transaction(async () => keys.set({ 'sender-key-memory': { group: holders } }), 'me');
    await give({ [ANN]: true });
    await give({ [ANN]: true });
    expect(written).toHaveBeenCalledTimes(1);
    await give({ [ANN]: true, other: true });
    await give(null);
    expect(written).toHaveBeenCalledTimes(3);
  });

  describe.each([
    ['while it is made', 'made'],
    ['while it leaves', 'left'],
  ])('of a message during which the readers of an earlier one are forgotten, %s,', (_when, at) => {
    it('does not remember them, so that the next message brings the key', async () => {
      const disk = memory();
      const keys = transactional(disk);
      let reach: () => void = () => undefined;
      const reached = new Promise<void>((resolve) => (reach = resolve));
      let goOn: () => void = () => undefined;
      const going = new Promise<void>((resolve) => (goOn = resolve));
      let isHeld = false;
      const held = () => {
        if (!isHeld) return null;
        reach();
        return going;
      };
      takeOverTransactions(keys, disk, held);
      /** As `relayMessage`: with the readers that are known, and new ones. */
      const send = async (newcomers: Record<string, boolean>, underWay?: () => Promise<void>) => {
        let known: object = {};
        await keys.transaction(async () => {
          known = (await keys.get('sender-key-memory', ['group']))['group'] ?? {};
          await underWay?.();
          const group = { ...known, [ANN]: true, ...newcomers };
          await keys.set({ 'sender-key-memory': { group } });
        }, 'me');
        return known;
      };
      expect(await send({})).toEqual({});
      isHeld = at === 'left';
      const second = send({ ben: true }, async () => {
        if (at === 'left') return;
        reach();
        await going;
      });
      await reached;
      // The first was refused.
      const forgotten = keys.set({ 'sender-key-memory': { group: null } });
      goOn();
      expect(await second).toEqual({ [ANN]: true });
      await forgotten;
      expect(await send({})).toEqual({});
      expect(await send({})).toEqual({ [ANN]: true });
    });
  });

  it('sees nothing that is being forgotten', async () => {
    const disk = memory();
    const keys = transactional(disk);
    let written: () => void = () => undefined;
    const slow: SignalKeyStore = {
      ...disk,
      set: async (data) => {
        if (!data['sender-key-memory']?.['group']) {
          await new Promise<void>((resolve) => (written = resolve));
        }
        await disk.set(data);
      },
    };
    takeOverTransactions(keys, slow);
    await keys.transaction(async () => keys.set(memo), 'me');
    const forgotten = keys.set({ 'sender-key-memory': { group: null } });
    const seen = keys.transaction(async () => keys.get('sender-key-memory', ['group']), 'me');
    await new Promise((resolve) => setImmediate(resolve));
    written();
    await forgotten;
    expect((await seen)['group'] ?? null).toBeNull();
  });

  it('forgets who was to get a key, and new pre-keys, when it fails', async () => {
    const disk = memory();
    const keys = transactional(disk);
    takeOverTransactions(keys, disk);
    const pair = { private: Buffer.alloc(32), public: Buffer.alloc(32) };
    const failing = keys.transaction(async () => {
      await keys.set({ ...memo, 'pre-key': { 7: pair } });
      throw new Error('the connection ended');
    }, 'me');
    await expect(failing).rejects.toThrow('the connection ended');
    expect(await keys.get('sender-key-memory', ['group'])).toEqual({});
    expect(await keys.get('pre-key', ['7'])).toEqual({});
  });

  it('waits for the one before it', async () => {
    const keys = transactional(memory());
    takeOverTransactions(keys, memory());
    const steps: string[] = [];
    const run = (name: string) =>
      keys.transaction(async () => {
        steps.push(`${name} begins`);
        await new Promise((resolve) => setImmediate(resolve));
        steps.push(`${name} ends`);
      }, name);
    await Promise.all([run('a'), run('b')]);
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });
});

describe('a transaction within another', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it.each([
    ['at once', (inner: () => Promise<void>) => inner()],
    ['after a while', (inner: () => Promise<void>) => turn().then(turn).then(inner)],
    [
      'deep inside',
      async (inner: () => Promise<void>) => {
        await turn();
        await Promise.all([turn(), (async () => turn().then(inner))()]);
      },
    ],
  ])('is refused when it is asked for %s, and holds up nobody', async (_when, ask) => {
    const keys = transactional(memory());
    takeOverTransactions(keys, memory());
    const inner = () => keys.transaction(async () => undefined, 'me');
    const outer = keys.transaction(() => ask(inner), 'me');
    const behind = keys.transaction(async () => 'its turn', 'me');
    await expect(outer).rejects.toBeInstanceOf(NestedTransaction);
    expect(await behind).toBe('its turn');
  });

  it('is what it is not when it is begun meanwhile and waited for by nobody in it', async () => {
    const keys = transactional(memory());
    takeOverTransactions(keys, memory());
    let later: Promise<string> = Promise.resolve('');
    await keys.transaction(async () => {
      later = turn().then(() => keys.transaction(async () => 'later', 'me'));
      await turn();
      await turn();
    }, 'me');
    expect(await later).toBe('later');
  });

  it('is how the library changes shared settings', async () => {
    const simulator = await createSimulator();
    const owner = simulator.accounts.create({ name: 'Owner' });
    const client = new Client(simulator).start();
    try {
      const { qr } = await client.event('connection.update', ({ qr: text }) => !!text);
      await owner.phone.scan(qr ?? '');
      await client.event('creds.update', ({ myAppStateKeyId }) => !!myAppStateKeyId);
      takeOverTransactions(client.socket.authState.keys, client.state.keys);
      const pinned = client.socket.chatModify({ pin: true }, owner.jid);
      await expect(pinned).rejects.toBeInstanceOf(NestedTransaction);
    } finally {
      await client.stop();
      await simulator.close();
    }
  });
});

const transactional = (disk: SignalKeyStore) =>
  addTransactionCapability(disk, pino({ level: 'silent' }), {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 0,
  });
