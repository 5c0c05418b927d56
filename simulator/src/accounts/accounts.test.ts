import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { stanza } from '../wire/stanza.ts';
import { Directory } from './directory.ts';
import { bareJid, formatJid, parseJid } from './jid.ts';
import { keyOf, MAX_LETTERS, Mailbox } from './mailbox.ts';
import { formsOf } from './numbers.ts';
import { PreKeyStore } from './pre-keys.ts';

describe('addresses', () => {
  it('are read back as they were written', () => {
    const jids = fc.record({
      user: fc.stringMatching(/^\d{1,18}$/),
      device: fc.integer({ min: 0, max: 255 }),
      server: fc.constantFrom('s.whatsapp.net' as const, 'lid' as const, 'g.us' as const),
    });
    fc.assert(
      fc.property(jids, (jid) => {
        expect(parseJid(formatJid(jid))).toEqual(jid);
      }),
    );
  });

  it.each(['', 'nobody', '1@example.com', '1:x@lid', '1:@lid', '1:256@lid', '1:-1@lid'])(
    'do not include "%s"',
    (text) => expect(parseJid(text)).toBeNull(),
  );

  it('lose their device, and c.us its old name', () => {
    expect(bareJid('1555:3@c.us')).toBe('1555@s.whatsapp.net');
  });
});

describe('numbers with two forms', () => {
  it.each([
    ['5511987654321', '551187654321'],
    ['551187654321', '5511987654321'],
    ['5215512345678', '525512345678'],
    ['5491123456789', '541123456789'],
  ])('%s may be %s', (one, other) => expect(formsOf(one)).toEqual([one, other]));

  it('lead back to themselves', () => {
    const digits = fc.stringMatching(/^(55|52|54|1|49)\d{9,11}$/);
    fc.assert(
      fc.property(digits, (one) => {
        for (const other of formsOf(one)) expect(formsOf(other)).toContain(one);
      }),
    );
  });
});

describe('the directory', () => {
  it('draws numbers and LIDs that nobody has, and finds people by all of them', () => {
    const directory = new Directory(seededRandom(1));
    const people = Array.from({ length: 200 }, () => directory.create({}, 0));
    expect(new Set(people.map(({ phone }) => phone)).size).toBe(200);
    for (const person of people) {
      expect(directory.find(`${person.phone}:4@s.whatsapp.net`)).toBe(person);
      expect(directory.find(`${person.lid}@lid`)).toBe(person);
    }
  });

  it('refuses a number that reaches somebody already, in whatever form', () => {
    const directory = new Directory(seededRandom(1));
    directory.create({ phone: '551187654321' }, 0);
    expect(() => directory.create({ phone: '5511987654321' }, 0)).toThrow('belongs to');
    expect(() => directory.create({ phone: '12 34' }, 0)).toThrow('not a phone number');
  });
});

describe('one-time pre-keys', () => {
  const keys = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 0xffffff }),
      publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    }),
    { selector: ({ id }) => id, maxLength: 60 },
  );

  it('are handed out once each, in the order of upload, also after being stored', () => {
    fc.assert(
      fc.property(keys, fc.nat(20), (given, before) => {
        const store = new PreKeyStore();
        expect(store.add(given)).toEqual([]);
        const taken = Array.from({ length: Math.min(before, given.length) }, () => store.take());
        const restored = PreKeyStore.load(store.dump());
        expect(restored.count).toBe(given.length - taken.length);
        for (let key = restored.take(); key; key = restored.take()) taken.push(key);
        expect(taken.map((key) => [key?.id, [...(key?.publicKey ?? [])]])).toEqual(
          given.map(({ id, publicKey }) => [id, [...publicKey]]),
        );
      }),
    );
  });

  it('are kept up to a limit', () => {
    const store = new PreKeyStore();
    const publicKey = new Uint8Array(32);
    store.add(Array.from({ length: 6000 }, (_, id) => ({ id: id + 1, publicKey })));
    expect(store.count).toBe(5000);
  });

  it('are not taken a second time', () => {
    const store = new PreKeyStore();
    const key = { id: 7, publicKey: new Uint8Array(32) };
    store.add([key]);
    expect(store.add([key, { ...key, id: 8 }])).toEqual([7]);
    expect(store.count).toBe(2);
  });
});

describe('a mailbox', () => {
  const letter = (tag: string, id: string, type?: string) => stanza(tag, { id, type });

  it('keeps what is not confirmed, in order, and confirms the oldest of equal ones first', () => {
    const commands = fc.array(
      fc.record({
        confirm: fc.boolean(),
        tag: fc.constantFrom('message', 'receipt'),
        id: fc.constantFrom('a', 'b', 'c'),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(commands, (given) => {
        const mailbox = new Mailbox();
        const model: { key: string; sequence: number }[] = [];
        for (const { confirm, tag, id } of given) {
          const key = `${tag}/${id}`;
          if (!confirm) {
            model.push({ key, sequence: mailbox.put(letter(tag, id)).letter.sequence });
            continue;
          }
          const index = model.findIndex((one) => one.key === key);
          const expected = index < 0 ? undefined : model.splice(index, 1)[0]?.sequence;
          expect(mailbox.confirm(keyOf(letter(tag, id)))?.sequence).toBe(expected);
        }
        expect(mailbox.waiting().map(({ sequence }) => sequence)).toEqual(
          model.map(({ sequence }) => sequence),
        );
      }),
    );
  });

  it('tells receipts for one message apart by their type', () => {
    const mailbox = new Mailbox();
    mailbox.put(letter('receipt', 'a'));
    mailbox.put(letter('receipt', 'a', 'read'));
    mailbox.confirm(keyOf(letter('receipt', 'a', 'read')));
    expect(mailbox.waiting().map(({ node }) => node.attrs['type'])).toEqual([undefined]);
  });

  it('drops the oldest when it is full', () => {
    const mailbox = new Mailbox();
    for (let index = 0; index < MAX_LETTERS; index++) mailbox.put(letter('message', String(index)));
    expect(mailbox.put(letter('message', 'one more')).dropped?.node.attrs['id']).toBe('0');
    expect(mailbox.size).toBe(MAX_LETTERS);
  });
});
