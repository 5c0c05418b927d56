import type { BinaryNode, LIDMapping } from 'baileys';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../kernel/logger.ts';
import { nextTurn } from '../../kernel/next-turn.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { SealedPayload } from './decryption.ts';
import { ReadAhead } from './read-ahead.ts';
import { StorageFailure } from './records.ts';

const ANN = '15550002:4@s.whatsapp.net';

function message(id: number, attrs: Record<string, string> = {}, type = 'msg'): BinaryNode {
  const enc = { tag: 'enc', attrs: { v: '2', type }, content: Buffer.from(`cipher ${id}`) };
  return {
    tag: 'message',
    attrs: { id: `M${id}`, from: ANN, t: '1700000000', ...attrs },
    content: [enc],
  };
}

const bytesOf = (stanza: BinaryNode) => (stanza.content as BinaryNode[])[0]?.content as Uint8Array;

/** Enough turns of the loop for every batch that can run to be over. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 400; turn++) await nextTurn();
}

interface Options {
  /** Runs inside each batch; rejecting fails it. */
  readonly whileDecrypting?: (batch: number) => Promise<void>;
  /** Whether a payload needs nothing but its receipt. */
  readonly isComplete?: (ciphertext: Uint8Array) => boolean;
}

function setUp({
  whileDecrypting = async () => undefined,
  isComplete = () => false,
}: Options = {}) {
  const clock = new VirtualClock();
  const batches: SealedPayload[][] = [];
  const pairs: LIDMapping[] = [];
  const plain: (string | undefined)[] = [];
  const remembered: (string | undefined)[] = [];
  const opened = new Set<Uint8Array>();
  const backlog: boolean[] = [];
  const readAhead = new ReadAhead({
    arrivals: {
      remember: ({ attrs }) => void remembered.push(attrs['id']),
      keepPlain: ({ attrs }) => {
        plain.push(attrs['id']);
        return null;
      },
    },
    repository: {
      async decryptAhead(payloads) {
        batches.push([...payloads]);
        await whileDecrypting(batches.length);
        for (const { ciphertext } of payloads) opened.add(ciphertext);
      },
      isAhead: (ciphertext) => opened.has(ciphertext),
      isComplete: (ciphertext) => opened.has(ciphertext) && isComplete(ciphertext),
    },
    lidMapping: {
      async storeLIDPNMappings(told) {
        pairs.push(...told);
      },
    },
    own: () => ({ phoneJid: '15550001@s.whatsapp.net', lid: '111@lid' }),
    clock,
    logger: silentLogger,
  });
  readAhead.onBacklog = (isTooLong) => backlog.push(isTooLong);
  const passed: (string | undefined)[] = [];
  const arrive = (stanza: BinaryNode) =>
    readAhead.arrived(stanza).then(() => void passed.push(stanza.attrs['id']));
  return { readAhead, clock, batches, pairs, plain, remembered, backlog, passed, arrive };
}

describe('reading ahead', () => {
  it('opens what came during one batch together as the next, in the order of arrival', async () => {
    let goOn: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (goOn = resolve));
    const { arrive, batches, passed, remembered } = setUp({
      whileDecrypting: (batch) => (batch === 1 ? first : Promise.resolve()),
    });
    const all = [1, 2, 3, 4].map((id) => arrive(message(id)));
    await settled();
    expect(remembered).toEqual(['M1', 'M2', 'M3', 'M4']);
    expect(passed).toEqual([]);
    goOn();
    await Promise.all(all);
    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
    await Promise.all([arrive(message(5)), arrive(message(6))]);
    expect(batches.flat().map(({ ciphertext }) => Buffer.from(ciphertext).toString())).toEqual(
      [1, 2, 3, 4, 5, 6].map((id) => `cipher ${id}`),
    );
    expect(passed).toEqual(['M1', 'M2', 'M3', 'M4', 'M5', 'M6']);
  });

  it('lets what needs only a receipt be confirmed once it is open, and spares the library that', async () => {
    const complete = message(1);
    const { readAhead } = setUp({ isComplete: (bytes) => bytes === bytesOf(complete) });
    const confirmed: (string | undefined)[] = [];
    readAhead.onComplete = (stanzas) => confirmed.push(...stanzas.map(({ attrs }) => attrs['id']));
    const next = [complete, message(2)].map((stanza) => readAhead.arrived(stanza));
    expect(confirmed).toEqual([]);
    expect(await Promise.all(next)).toEqual(['done', 'pass']);
    expect(confirmed).toEqual(['M1']);
  });

  it('knows both names of the sender before it decrypts', async () => {
    let known = 0;
    const { arrive, pairs } = setUp({
      whileDecrypting: async () => void (known = pairs.length),
    });
    await arrive(message(1, { from: '222:4@lid', sender_pn: '15550002@s.whatsapp.net' }));
    await arrive(message(2, { sender_lid: '222@lid' }));
    const pair = { pn: '15550002@s.whatsapp.net', lid: '222@lid' };
    expect(pairs).toEqual([pair, pair]);
    expect(known).toBe(2);
  });

  it('tells apart what is encrypted by whom, and leaves the rest to the library', async () => {
    const { arrive, batches, plain, passed } = setUp();
    const group = { from: '1@g.us', participant: ANN };
    await arrive(message(1, group, 'skmsg'));
    await arrive(message(2, {}, 'pkmsg'));
    await arrive(message(3, {}, 'skmsg'));
    await arrive(message(4, {}, 'msmsg'));
    await arrive(message(5, { from: 'nobody' }));
    expect(batches.flat().map(({ kind }) => kind)).toEqual(['group', 'direct']);
    expect(plain).toEqual(passed);
    expect(passed).toHaveLength(5);
  });

  it('lets nothing be confirmed that storage did not take', async () => {
    const failure = new StorageFailure('disk full');
    const { arrive, passed } = setUp({ whileDecrypting: () => Promise.reject(failure) });
    const outcomes = await Promise.allSettled([1, 2].map((id) => arrive(message(id))));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(passed).toEqual([]);
  });

  it('hands over what could not be opened: the library knows what to answer', async () => {
    const { arrive, clock, readAhead, passed } = setUp({
      whileDecrypting: () => Promise.reject(new Error('no session')),
    });
    const stanza = message(1);
    await arrive(stanza);
    expect(passed).toEqual(['M1']);
    readAhead.left(bytesOf(stanza));
    expect(clock.pending).toBe(0);
  });

  it('has 256 in the hands of the library, and goes on when it is done with one', async () => {
    const { arrive, readAhead, clock, passed } = setUp();
    const stanzas = Array.from({ length: 300 }, (_, id) => message(id));
    const all = stanzas.map(arrive);
    await settled();
    expect(passed).toHaveLength(256);
    for (const stanza of stanzas.slice(0, 10)) readAhead.left(bytesOf(stanza));
    await settled();
    expect(passed).toHaveLength(266);
    // One that is never asked for again must not stop the line for good.
    await clock.advance(10_000);
    await settled();
    await Promise.all(all);
    expect(passed).toHaveLength(300);
    expect(clock.pending).toBe(0);
  });

  it('stops the socket beyond 1,000 that wait, until 250 or fewer do', async () => {
    const { arrive, readAhead, backlog, clock } = setUp();
    const stanzas = Array.from({ length: 1_001 }, (_, id) => message(id));
    const all = stanzas.slice(0, 1_000).map(arrive);
    expect(backlog).toEqual([]);
    all.push(...stanzas.slice(1_000).map(arrive));
    expect(backlog).toEqual([true]);
    for (const stanza of stanzas) readAhead.left(bytesOf(stanza));
    while (backlog.length < 2) {
      await clock.advance(10_000);
      await settled();
    }
    expect(backlog).toEqual([true, false]);
    await clock.advance(60_000);
    await readAhead.stop();
    await Promise.allSettled(all);
  });

  it('leaves what waits to be delivered again when it is stopped', async () => {
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const { arrive, readAhead, batches } = setUp({ whileDecrypting: () => gate });
    const all = Array.from({ length: 65 }, (_, id) => arrive(message(id)));
    const outcomes = Promise.allSettled(all);
    await settled();
    const stopped = readAhead.stop();
    goOn();
    await stopped;
    const states = (await outcomes).map(({ status }) => status);
    expect(states).toEqual(['fulfilled', ...Array<string>(64).fill('rejected')]);
    expect(batches).toHaveLength(1);
    await expect(arrive(message(99))).rejects.toThrow('stopped');
  });
});
