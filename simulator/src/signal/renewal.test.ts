import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { createSignalParty } from './party.ts';
import type { EncryptedMessage, SignalParty } from './port.ts';

const ALICE = '15550001@s.whatsapp.net';
const BOB = '987:2@lid';

const addressOf = new WeakMap<SignalParty, string>();

interface Letter {
  readonly from: SignalParty;
  readonly to: SignalParty;
  readonly text: string;
  readonly message: EncryptedMessage;
}

async function write(from: SignalParty, to: SignalParty, text: string): Promise<Letter> {
  const message = await from.encrypt(addressOf.get(to) ?? '', Buffer.from(text));
  return { from, to, text, message };
}

async function read({ from, to, message }: Letter): Promise<string> {
  const plaintext = await to.decrypt(addressOf.get(from) ?? '', message);
  return Buffer.from(plaintext).toString();
}

function renew(by: SignalParty, towards: SignalParty): Promise<void> {
  return by.startSession(addressOf.get(towards) ?? '', towards.takeBundle());
}

async function acquainted() {
  const alice = createSignalParty({ random: seededRandom(1) });
  const bob = createSignalParty({ random: seededRandom(2) });
  addressOf.set(alice, ALICE).set(bob, BOB);
  await renew(alice, bob);
  await read(await write(alice, bob, 'hello'));
  await read(await write(bob, alice, 'hello back'));
  return { alice, bob };
}

it('leaves a session as it was when a message turns out to be of another one', async () => {
  const { alice, bob } = await acquainted();
  const inOld = await write(bob, alice, 'in the old session');
  await renew(alice, bob);
  await read(await write(alice, bob, 'a new session'));
  const inNew = await write(bob, alice, 'in the new session');
  // The older message makes the older session the current one again, and the first to be tried.
  await read(inOld);
  const answer = await write(alice, bob, 'an answer');
  await read(inNew);
  await read(answer);
  const last = await write(bob, alice, 'in the old session again');
  expect(await read(last)).toBe(last.text);
});

it('reads every message, whoever starts new sessions and however many are on their way', async () => {
  const names = ['write', 'answer', 'read', 'hear', 'renew', 'renew back'] as const;
  const steps = fc.array(fc.constantFrom(...names), { minLength: 40, maxLength: 80, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      const { alice, bob } = await acquainted();
      const boxes = { alice: [] as Letter[], bob: [] as Letter[] };
      const heard: [said: string, heard: string][] = [];
      const readNext = async (box: Letter[]) => {
        const letter = box.shift();
        if (letter) heard.push([letter.text, await read(letter)]);
      };
      const actions = {
        write: async () => boxes.bob.push(await write(alice, bob, 'to Bob')),
        answer: async () => boxes.alice.push(await write(bob, alice, 'to Alice')),
        read: () => readNext(boxes.bob),
        hear: () => readNext(boxes.alice),
        renew: () => renew(alice, bob),
        'renew back': () => renew(bob, alice),
      };
      for (const name of plan) await actions[name]();
      while (boxes.alice.length + boxes.bob.length > 0) {
        await readNext(boxes.alice);
        await readNext(boxes.bob);
      }
      for (const [said, understood] of heard) expect(understood).toBe(said);
    }),
    { numRuns: 20 },
  );
}, 60_000);
