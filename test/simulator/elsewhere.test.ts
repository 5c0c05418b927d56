import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BaileysEventMap,
  jidNormalizedUser,
  makeCacheableSignalKeyStore,
  makeWASocket,
  proto,
  useMultiFileAuthState,
  type WAMessage,
} from 'baileys';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSimulator, type Simulator } from '../../simulator/src/index.ts';
import { textOf } from './support/client.ts';

/** How other suites wait for an event: none of them helps the library's event buffer along. */
const PATIENCE_MS = 20_000;

type Socket = ReturnType<typeof makeWASocket>;

/** A client with the library's own store and defaults, scanned by whoever is named like it. */
class Person {
  readonly socket: Socket;
  readonly name: string;

  constructor(socket: Socket, name: string) {
    this.socket = socket;
    this.name = name;
  }

  get jid(): string {
    return jidNormalizedUser(this.socket.user?.id);
  }

  static async connect(simulator: Simulator, folder: string, name: string): Promise<Person> {
    const logger = pino({ level: 'silent' });
    for (;;) {
      const { state, saveCreds } = await useMultiFileAuthState(join(folder, name));
      const socket = makeWASocket({
        auth: { creds: state.creds, keys: makeCacheableSignalKeyStore(state.keys, logger) },
        waWebSocketUrl: simulator.url,
        pushName: name,
        logger,
      });
      socket.ev.on('creds.update', () => void saveCreds());
      const isOpen = await new Promise<boolean>((resolve, reject) => {
        socket.ev.on('connection.update', ({ connection, qr }) => {
          if (qr) simulator.scan(qr).catch(reject);
          if (connection === 'open') resolve(true);
          if (connection === 'close') resolve(false);
        });
      });
      if (isOpen) return new Person(socket, name);
      await saveCreds();
    }
  }

  event<Name extends keyof BaileysEventMap>(
    name: Name,
    matches: (payload: BaileysEventMap[Name]) => boolean,
  ): Promise<BaileysEventMap[Name]> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.socket.ev.off(name, listen);
      };
      const listen = (payload: BaileysEventMap[Name]) => {
        if (!matches(payload)) return;
        finish();
        resolve(payload);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`${this.name} saw no ${name} within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
      this.socket.ev.on(name, listen);
    });
  }

  async message(matches: (message: WAMessage) => boolean): Promise<WAMessage> {
    const { messages } = await this.event('messages.upsert', (upsert) =>
      upsert.messages.some(matches),
    );
    const found = messages.find(matches);
    if (!found) throw new Error('the message was there a moment ago');
    return found;
  }

  text(text: string): Promise<WAMessage> {
    return this.message((message) => textOf(message) === text);
  }
}

describe('clients as other suites drive them', () => {
  let simulator: Simulator;
  let folder = '';
  let people: Person[] = [];

  beforeAll(async () => {
    for (const method of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation(() => undefined);
    }
    simulator = await createSimulator();
    folder = await mkdtemp(join(tmpdir(), 'simulator-elsewhere-'));
    people = await Promise.all(
      ['alice', 'bob', 'charlie'].map((name) => Person.connect(simulator, folder, name)),
    );
  });

  afterAll(async () => {
    for (const { socket } of people) await socket.end(undefined);
    await simulator.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    vi.restoreAllMocks();
  });

  function cast(): [alice: Person, bob: Person, charlie: Person] {
    const [alice, bob, charlie] = people;
    if (!alice || !bob || !charlie) throw new Error('three people are connected');
    return [alice, bob, charlie];
  }

  async function makeGroup(creator: Person, subject: string, members: readonly Person[]) {
    const seen = members.map((member) =>
      member.event('groups.upsert', (groups) => groups.some((one) => one.subject === subject)),
    );
    const { id } = await creator.socket.groupCreate(
      subject,
      members.map(({ jid }) => jid),
    );
    await Promise.all(seen);
    return id;
  }

  it('exchange messages and carry their push names', async () => {
    const [alice, bob] = cast();
    const received = bob.text('hello Bob');
    await alice.socket.sendMessage(bob.jid, { text: 'hello Bob' });
    expect(await received).toMatchObject({ pushName: 'alice', key: { fromMe: false } });
    const answered = alice.text('hello Alice');
    await bob.socket.sendMessage(alice.jid, { text: 'hello Alice' });
    expect((await answered).pushName).toBe('bob');
  });

  it('revoke what they sent', async () => {
    const [alice, bob] = cast();
    const received = bob.text('take this back');
    const sent = await alice.socket.sendMessage(bob.jid, { text: 'take this back' });
    await received;
    const { REVOKE } = proto.Message.ProtocolMessage.Type;
    const revoked = bob.message(({ message }) => message?.protocolMessage?.type === REVOKE);
    if (!sent) throw new Error('nothing was sent');
    await alice.socket.sendMessage(bob.jid, { delete: sent.key });
    expect((await revoked).message?.protocolMessage?.key?.id).toBe(sent.key.id);
  });

  it('are told of delivery by the other client only, not by a phone in its stead', async () => {
    const [alice, bob] = cast();
    const seen = simulator.ledger.count({ tag: 'receipt', event: 'accepted', device: bob.jid });
    expect(seen).toBe(0);
    const received = bob.text('who confirms this?');
    await alice.socket.sendMessage(bob.jid, { text: 'who confirms this?' });
    await received;
    expect(simulator.ledger.count({ tag: 'receipt', event: 'accepted', device: bob.jid })).toBe(0);
  });

  it('grow a group, in which everybody hears everybody', async () => {
    const [alice, bob, charlie] = cast();
    const id = await makeGroup(alice, 'a group', [bob]);
    const first = bob.text('first');
    await alice.socket.sendMessage(id, { text: 'first' });
    await first;
    const joined = charlie.event('groups.upsert', (groups) => groups.some((one) => one.id === id));
    const [added] = await alice.socket.groupParticipantsUpdate(id, [charlie.jid], 'add');
    expect(added?.status).toBe('200');
    await joined;
    const second = Promise.all([bob.text('second'), charlie.text('second')]);
    await alice.socket.sendMessage(id, { text: 'second' });
    await second;
    const third = Promise.all([alice.text('third'), charlie.text('third')]);
    await bob.socket.sendMessage(id, { text: 'third' });
    await third;
    expect((await alice.socket.groupMetadata(id)).participants).toHaveLength(3);
  });

  it('do not hear a group that they were removed from', async () => {
    const [alice, bob, charlie] = cast();
    const id = await makeGroup(alice, 'a smaller group', [bob, charlie]);
    const [removed] = await alice.socket.groupParticipantsUpdate(id, [charlie.jid], 'remove');
    expect(removed?.status).toBe('200');
    const received = bob.text('without Charlie');
    const sent = await alice.socket.sendMessage(id, { text: 'without Charlie' });
    await received;
    const delivered = simulator.ledger.query({ id: sent?.key.id ?? '', event: 'delivered' });
    const names = delivered.filter(({ tag }) => tag === 'message').map(({ device }) => device);
    expect(names.some((device) => device.startsWith(charlie.jid.split('@')[0] ?? ''))).toBe(false);
    simulator.violations.assertNone();
  });
});
