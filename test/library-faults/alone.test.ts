/**
 * Faults of baileys 7.0.0-rc14 that the gateway mends or avoids, shown on the bare library without a
 * server. When an upgrade mends one of them, its test fails and the remedy can go.
 */
import { deflateSync } from 'node:zlib';
import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  downloadAndProcessHistorySyncNotification,
  initAuthCreds,
  makeEventBuffer,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
} from 'baileys';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const logger = pino({ level: 'silent' });
const ANN = '15550001:1@s.whatsapp.net';
const BEN = '15550002:1@s.whatsapp.net';
const GROUP = '120363000000000001@g.us';

/** A client's encryption as the library sets it up, on a store whose writes may take their time. */
function client(jid: string) {
  const creds = initAuthCreds();
  const stored = new Map<string, unknown>();
  let ask: () => void = () => undefined;
  const disk = {
    busy: null as Promise<void> | null,
    asked: new Promise<void>((resolve) => (ask = resolve)),
  };
  const keys = addTransactionCapability(
    {
      async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
        const found: Record<string, SignalDataTypeMap[T]> = {};
        for (const id of ids) {
          const value = stored.get(`${type}/${id}`);
          if (value !== undefined) found[id] = structuredClone(value) as SignalDataTypeMap[T];
        }
        return found;
      },
      async set(data: SignalDataSet) {
        if (disk.busy) ask();
        await disk.busy;
        for (const [type, values] of Object.entries(data)) {
          for (const [id, value] of Object.entries(values ?? {})) {
            stored.set(`${type}/${id}`, structuredClone(value));
          }
        }
      },
    },
    logger,
    { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
  );
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, logger);
  const typed = (key: Uint8Array) => Buffer.concat([Buffer.from([5]), key]);
  return {
    jid,
    keys,
    disk,
    stored,
    repository,
    bundle: () => ({
      registrationId: creds.registrationId,
      identityKey: typed(creds.signedIdentityKey.public),
      signedPreKey: {
        keyId: creds.signedPreKey.keyId,
        publicKey: typed(creds.signedPreKey.keyPair.public),
        signature: creds.signedPreKey.signature,
      },
    }),
  };
}

type BareClient = ReturnType<typeof client>;

async function say(from: BareClient, to: BareClient, text: string): Promise<void> {
  const sent = await from.repository.encryptMessage({ jid: to.jid, data: Buffer.from(text) });
  await to.repository.decryptMessage({ jid: from.jid, ...sent });
}

async function acquainted() {
  const ann = client(ANN);
  const ben = client(BEN);
  await ann.repository.injectE2ESession({ jid: BEN, session: ben.bundle() });
  await say(ann, ben, 'hello');
  await say(ben, ann, 'hello back');
  return { ann, ben };
}

const printed: unknown[][] = [];

beforeEach(() => {
  printed.length = 0;
  for (const method of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...args: unknown[]) => void printed.push(args));
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('baileys 7.0.0-rc14', () => {
  it('takes any signature for a good one', () => {
    const { public: key } = Curve.generateKeyPair();
    expect(Curve.verify(key, Buffer.from('message'), Buffer.alloc(64, 1))).toBe(true);
  });

  it('starts sessions from bundles with a wrong signature', async () => {
    const ann = client(ANN);
    const bundle = client(BEN).bundle();
    const forged = { ...bundle.signedPreKey, signature: Buffer.alloc(64, 1) };
    await ann.repository.injectE2ESession({
      jid: BEN,
      session: { ...bundle, signedPreKey: forged },
    });
    expect(await ann.repository.validateSession(BEN)).toEqual({ exists: true });
  });

  it('uses a message key twice when a send passes while a receipt is being written', async () => {
    const { ann, ben } = await acquainted();
    await say(ann, ben, 'one more turn');
    const arriving = await ben.repository.encryptMessage({ jid: ANN, data: Buffer.from('in') });
    await ann.repository.decryptMessage({ jid: BEN, ...arriving });
    const next = await ben.repository.encryptMessage({ jid: ANN, data: Buffer.from('next') });
    let written: () => void = () => undefined;
    ann.disk.busy = new Promise((resolve) => (written = resolve));
    const receiving = ann.repository.decryptMessage({ jid: BEN, ...next });
    await ann.disk.asked;
    ann.disk.busy = null;
    // As in `relayMessage`: the whole send runs in one transaction keyed by the own address.
    await ann.keys.transaction(() => say(ann, ben, 'first'), ANN);
    written();
    await receiving;
    await expect(say(ann, ben, 'second')).rejects.toThrow('No matching sessions');
  });

  it('holds events back for 30 seconds after an ill-timed flush', async () => {
    vi.useFakeTimers();
    const events = makeEventBuffer(logger);
    const heard: unknown[] = [];
    events.on('messages.upsert', (upsert) => heard.push(upsert));
    let finish: () => void = () => undefined;
    const slow = events.createBufferedFunction(
      () => new Promise<void>((resolve) => (finish = resolve)),
    );
    const running = slow();
    events.flush();
    finish();
    await running;
    await vi.advanceTimersByTimeAsync(200);
    const upsert = events.createBufferedFunction(async () => {
      const key = { remoteJid: BEN, id: 'A', fromMe: false };
      events.emit('messages.upsert', { messages: [{ key }], type: 'notify' });
    });
    await upsert();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(heard).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heard).toHaveLength(1);
  });

  it('lets a sender key grow with every message sent', async () => {
    const { repository, stored } = client(ANN);
    const size = () => (stored.get(`sender-key/${GROUP}::15550001::1`) as Uint8Array).length;
    const send = () =>
      repository.encryptGroupMessage({ group: GROUP, meId: ANN, data: Buffer.from('x') });
    await send();
    const before = size();
    for (let n = 0; n < 10; n++) await send();
    expect(size() - before).toBeGreaterThan(10 * 100);
  });

  it('lets a session grow with every turn of the conversation', async () => {
    const { ann, ben } = await acquainted();
    const size = () => JSON.stringify(ann.stored.get('session/15550002.1')).length;
    const before = size();
    for (let n = 0; n < 20; n++) {
      await say(ann, ben, 'ping');
      await say(ben, ann, 'pong');
    }
    expect(size() - before).toBeGreaterThan(20 * 80);
  });

  it('unpacks a chunk of history of any size', async () => {
    const size = 65 * 2 ** 20;
    const chunk = proto.HistorySync.encode({
      syncType: proto.HistorySync.HistorySyncType.PUSH_NAME,
      pushnames: [{ id: ANN, pushname: 'a'.repeat(size) }],
    }).finish();
    const notification = { initialHistBootstrapInlinePayload: deflateSync(chunk) };
    const { contacts } = await downloadAndProcessHistorySyncNotification(notification, {});
    expect(contacts[0]?.notify).toHaveLength(size);
  });

  it('prints private keys', async () => {
    const { ann, ben } = await acquainted();
    await ann.repository.injectE2ESession({ jid: BEN, session: ben.bundle() });
    expect(printed.flat()).toContainEqual(
      expect.objectContaining({
        currentRatchet: expect.objectContaining({
          ephemeralKeyPair: expect.objectContaining({ privKey: expect.any(Buffer) }),
        }),
      }),
    );
  });
});
