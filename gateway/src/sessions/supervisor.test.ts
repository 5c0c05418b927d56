import { afterEach, describe, expect, it } from 'vitest';
import type { EventDraft } from '../events/plan.ts';
import { silentLogger } from '../kernel/logger.ts';
import { seededRandom } from '../kernel/random.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import type {
  Connection,
  ConnectionSignal,
  ConnectOptions,
  DeviceHandlers,
  DeviceRef,
  Vitals,
  WhatsApp,
} from '../whatsapp/port.ts';
import type { SessionChange, SessionRecord, SessionStore } from './store.ts';
import { createSessions } from './supervisor.ts';

/** Sockets by hand: what the supervisor opens, and a way to let each one speak. */
class ScriptedWhatsApp implements WhatsApp {
  readonly sockets: {
    signal(signal: ConnectionSignal): void;
    closed: boolean;
    readonly pairWith: string | null;
  }[] = [];
  readonly forgotten: number[] = [];
  stored: 'none' | 'paired' | 'corrupt' = 'none';
  recovering: Promise<number> = Promise.resolve(0);
  vitals: Vitals | null = null;

  clientVersion() {
    return '2.3000.1';
  }
  async identity() {
    return this.stored;
  }
  recover() {
    return this.recovering;
  }
  async forget(device: DeviceRef) {
    this.forgotten.push(device.key);
    this.stored = 'none';
  }
  async restore() {
    return false;
  }
  async copy() {
    return null;
  }
  async paste() {
    return false;
  }
  async importFolder() {
    return false;
  }
  connect(
    _device: DeviceRef,
    handlers: DeviceHandlers,
    { pairWith = null }: ConnectOptions = {},
  ): Connection {
    const socket = {
      signal: (signal: ConnectionSignal) => handlers.onConnection(signal),
      closed: false,
      pairWith,
    };
    this.sockets.push(socket);
    const end = async () => {
      socket.closed = true;
    };
    const vitals = () => this.vitals;
    return { close: end, logout: end, vitals } as unknown as Connection;
  }
  get live() {
    return this.sockets.filter((socket) => !socket.closed);
  }
}

class MemorySessions implements SessionStore {
  records: SessionRecord[] = [];
  async all() {
    return this.records;
  }
  async create(workspaceId: string, id: string, createdAtMs: number) {
    const record: SessionRecord = {
      key: this.records.length + 1,
      workspaceId,
      id,
      desired: 'stopped',
      terminal: null,
      phone: null,
      lid: null,
      pushName: null,
      createdAtMs,
    };
    this.records.push(record);
    return record;
  }
  async update(key: number, change: SessionChange) {
    this.records = this.records.map((record) =>
      record.key === key ? { ...record, ...change } : record,
    );
  }
  async remove(key: number) {
    this.records = this.records.filter((record) => record.key !== key);
  }
}

const self = { phone: '15550001', lid: '900', pushName: 'Shop' };

function world() {
  const clock = new VirtualClock();
  const whatsapp = new ScriptedWhatsApp();
  const store = new MemorySessions();
  const reported: EventDraft[] = [];
  const opened: number[] = [];
  const make = () =>
    createSessions({
      store,
      whatsapp,
      events: {
        plan: (drafts) => {
          reported.push(...drafts);
          return { events: [], deliveries: [] };
        },
        committed: () => {},
      },
      inbound: { record: async () => {}, receipt: async () => {} },
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      onOpen: (key) => opened.push(key),
    });
  return { clock, whatsapp, store, reported, opened, make, sessions: make() };
}

describe('sessions', () => {
  let current: ReturnType<typeof world>;
  const begin = () => (current = world());
  afterEach(() => current.sessions.shutDown());

  it('opens one socket for two starts at once, and both hear of the QR code', async () => {
    const { sessions, whatsapp, clock } = begin();
    const both = [sessions.start('default', 'a', 5_000), sessions.start('default', 'a', 5_000)];
    await clock.advance(0);
    expect(whatsapp.sockets).toHaveLength(1);
    whatsapp.sockets[0]?.signal({ type: 'qr', text: 'scan me' });
    const [one, two] = await Promise.all(both);
    expect(one).toMatchObject({ status: 'qr', state: 'qr' });
    expect(two).toEqual(one);
    expect(sessions.qr('default', 'a')).toBe('scan me');
  });

  it('does not wait longer than asked', async () => {
    const { sessions, clock } = begin();
    const started = sessions.start('default', 'a', 5_000);
    await clock.advance(5_000);
    expect(await started).toMatchObject({ status: 'connecting' });
  });

  it('pairs, restarts, opens, and keeps who it is', async () => {
    const { sessions, whatsapp, clock, reported, opened } = begin();
    const started = sessions.start('default', 'a', 5_000);
    await clock.advance(0);
    whatsapp.sockets[0]?.signal({ type: 'qr', text: 'x' });
    await started;
    whatsapp.sockets[0]?.signal({ type: 'paired', self });
    whatsapp.sockets[0]?.signal({ type: 'closed', cause: { code: 515, reason: 'restart' } });
    await clock.advance(100);
    expect(whatsapp.live).toHaveLength(1);
    whatsapp.sockets[1]?.signal({ type: 'open', self });
    await clock.advance(0);
    expect(sessions.get('default', 'a')).toMatchObject({ status: 'open', phone: '15550001' });
    expect(opened).toEqual([1]);
    // The picture of the QR code is drawn by threads that no virtual clock knows.
    await expect
      .poll(() => reported.map(({ event, data }) => `${event} ${String(data['state'])}`))
      .toEqual([
        'session.state connecting',
        'session.state qr',
        'session.qr qr',
        'session.state connecting',
        'session.state open',
        'session.connected open',
      ]);
    expect(sessions.counts()).toEqual({ total: 1, open: 1 });
  });

  it('says that a connection is bad, and makes a new one when it is dead', async () => {
    const { sessions, whatsapp, clock, reported } = begin();
    void sessions.start('default', 'a', 0);
    await clock.advance(0);
    const well: Vitals = {
      lastFrameAtMs: clock.now(),
      pingWaitingSinceMs: null,
      roundTripMs: 40,
      unackedSends: 0,
      unackedSinceMs: null,
    };
    whatsapp.vitals = well;
    whatsapp.sockets[0]?.signal({ type: 'open', self });
    await clock.advance(10_000);
    expect(sessions.get('default', 'a')).toMatchObject({ state: 'open', health: { pingMs: 40 } });
    whatsapp.vitals = { ...well, pingWaitingSinceMs: clock.now() };
    await clock.advance(15_000);
    expect(sessions.get('default', 'a')).toMatchObject({
      status: 'open',
      state: 'degraded',
      reason: 'silent',
      userAction: expect.any(String),
    });
    expect(sessions.counts()).toEqual({ total: 1, open: 1 });
    await clock.advance(14_999);
    expect(whatsapp.live).toHaveLength(1);
    await clock.advance(5_001);
    expect(sessions.get('default', 'a')).toMatchObject({ reason: 'unresponsive', health: null });
    whatsapp.vitals = null;
    await clock.advance(1_000);
    expect(whatsapp.sockets).toHaveLength(2);
    expect(whatsapp.live).toHaveLength(1);
    expect(reported.filter(({ event }) => event === 'session.disconnected')).toHaveLength(1);
  });

  it('is revived by start when nobody scanned in time', async () => {
    const { sessions, whatsapp, clock } = begin();
    const started = sessions.start('default', 'a', 5_000);
    await clock.advance(0);
    whatsapp.sockets[0]?.signal({ type: 'qr', text: 'old' });
    await started;
    whatsapp.sockets[0]?.signal({
      type: 'closed',
      cause: { code: 408, reason: 'refs ended', qrExhausted: true },
    });
    expect(sessions.get('default', 'a')).toMatchObject({ status: 'close', reason: 'qr_timeout' });
    const again = sessions.start('default', 'a', 5_000);
    await clock.advance(100);
    whatsapp.sockets[1]?.signal({ type: 'qr', text: 'new' });
    expect(await again).toMatchObject({ status: 'qr' });
    expect(sessions.qr('default', 'a')).toBe('new');
  });

  it('asks for a pairing code on one fresh socket, and says so when none comes in time', async () => {
    const { sessions, whatsapp, clock } = begin();
    const started = sessions.start('default', 'a', 5_000);
    await clock.advance(0);
    whatsapp.sockets[0]?.signal({ type: 'qr', text: 'x' });
    await started;
    const pairing = sessions.pair('default', 'a', '15550001', 5_000);
    pairing.catch(() => undefined);
    await clock.advance(5_000);
    expect(whatsapp.live.map(({ pairWith }) => pairWith)).toEqual(['15550001']);
    await expect(pairing).rejects.toMatchObject({ code: 'whatsapp_unreachable' });
    const code = { phone: '15550001', code: 'ABCD2345', expiresAtMs: clock.now() + 160_000 };
    whatsapp.sockets[1]?.signal({ type: 'pairing_code', ...code });
    expect(await sessions.pair('default', 'a', '15550001', 5_000)).toMatchObject({
      state: 'pairing',
      code: 'ABCD-2345',
    });
    expect(whatsapp.sockets).toHaveLength(2);
  });

  it('hears nothing of earlier sockets', async () => {
    const { sessions, whatsapp, clock } = begin();
    void sessions.start('default', 'a', 0);
    await clock.advance(0);
    const first = whatsapp.sockets[0];
    first?.signal({ type: 'closed', cause: { code: 428, reason: 'gone' } });
    await clock.advance(2_000);
    expect(whatsapp.sockets).toHaveLength(2);
    first?.signal({ type: 'open', self });
    expect(sessions.get('default', 'a').status).toBe('connecting');
  });

  it('leaves nothing behind when deleted while reconnecting', async () => {
    const { sessions, whatsapp, store, clock } = begin();
    void sessions.start('default', 'a', 0);
    await clock.advance(0);
    whatsapp.sockets[0]?.signal({ type: 'open', self });
    whatsapp.sockets[0]?.signal({ type: 'closed', cause: { code: 428, reason: 'gone' } });
    await sessions.remove('default', 'a');
    await clock.advance(600_000);
    expect(whatsapp.live).toHaveLength(0);
    expect(whatsapp.forgotten).toEqual([1]);
    expect(store.records).toHaveLength(0);
    expect(clock.pending).toBe(0);
    expect(() => sessions.get('default', 'a')).toThrow('no session');
  });

  it('opens no socket when deleted while old messages are still being recovered', async () => {
    const { sessions, whatsapp, clock } = begin();
    let recovered: (count: number) => void = () => {};
    whatsapp.recovering = new Promise((resolve) => (recovered = resolve));
    void sessions.start('default', 'a', 0);
    await clock.advance(0);
    const removed = sessions.remove('default', 'a');
    await clock.advance(0);
    recovered(3);
    await removed;
    expect(whatsapp.sockets).toHaveLength(0);
  });

  it('reconnects after a restart only what is paired and wanted', async () => {
    const { store, whatsapp, clock, make } = begin();
    for (const id of ['wanted', 'stopped', 'gone']) await store.create('default', id, 0);
    await store.update(1, { desired: 'running', phone: '1' });
    await store.update(2, { desired: 'stopped', phone: '2' });
    await store.update(3, {
      desired: 'running',
      phone: '3',
      terminal: { state: 'logged_out', reason: 'unlinked', sinceMs: 5 },
    });
    whatsapp.stored = 'paired';
    const sessions = make();
    await sessions.boot();
    await clock.advance(1_000);
    expect(whatsapp.sockets).toHaveLength(1);
    expect(sessions.list('default').map(({ id, state }) => [id, state])).toEqual([
      ['wanted', 'connecting'],
      ['stopped', 'stopped'],
      ['gone', 'logged_out'],
    ]);
    expect(sessions.list('other')).toEqual([]);
    await sessions.shutDown();
  });

  it('never registers anew over credentials that cannot be read', async () => {
    const { store, whatsapp, clock, make } = begin();
    await store.create('default', 'a', 0);
    await store.update(1, { desired: 'running', phone: '1' });
    whatsapp.stored = 'corrupt';
    const sessions = make();
    await sessions.boot();
    const view = await sessions.start('default', 'a', 1_000);
    await clock.advance(0);
    expect(view.state).toBe('auth_corrupt');
    expect(whatsapp.sockets).toHaveLength(0);
    expect(whatsapp.forgotten).toEqual([]);
    await sessions.shutDown();
  });

  it('connects many sessions a few at a time', async () => {
    const { store, whatsapp, clock, make } = begin();
    for (let i = 0; i < 40; i++) {
      await store.create('default', `s${i}`, 0);
      await store.update(i + 1, { desired: 'running', phone: `1555${i}` });
    }
    whatsapp.stored = 'paired';
    const sessions = make();
    await sessions.boot();
    let opened = 0;
    while (opened < 40) {
      await clock.advance(1_000);
      expect(whatsapp.sockets.length - opened).toBeLessThanOrEqual(8);
      expect(whatsapp.sockets.length).toBeGreaterThan(opened);
      for (const socket of whatsapp.sockets.slice(opened)) socket.signal({ type: 'open', self });
      opened = whatsapp.sockets.length;
    }
    expect(sessions.counts()).toEqual({ total: 40, open: 40 });
    await sessions.shutDown();
  });

  it('keeps what should run when the process stops', async () => {
    const { sessions, store, whatsapp, clock } = begin();
    void sessions.start('default', 'a', 0);
    await clock.advance(0);
    whatsapp.sockets[0]?.signal({ type: 'open', self });
    await sessions.shutDown();
    expect(store.records[0]?.desired).toBe('running');
    expect(whatsapp.live).toHaveLength(0);
  });
});
