import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDeviceStore } from './testing/device-store.ts';
import { introduce, ourPeer, say } from './testing/signal-peers.ts';

const OURS = '15550001:3@s.whatsapp.net';
const FRIEND = '15550002@s.whatsapp.net';

let device: Awaited<ReturnType<typeof openDeviceStore>>;
let other: Awaited<ReturnType<typeof openDeviceStore>>;

beforeEach(async () => {
  [device, other] = await Promise.all([openDeviceStore(), openDeviceStore()]);
});
afterEach(() => Promise.all([device.close(), other.close()]));

type Peer = ReturnType<typeof ourPeer>;

interface Letter {
  readonly from: Peer;
  readonly to: Peer;
  readonly text: string;
  readonly type: 'pkmsg' | 'msg';
  readonly ciphertext: Uint8Array;
}

let letters = 0;

async function write(from: Peer, to: Peer): Promise<Letter> {
  const text = `letter ${++letters}`;
  const data = Buffer.from(text);
  return { from, to, text, ...(await from.repository.encryptMessage({ jid: to.jid, data })) };
}

async function read({ from, to, type, ciphertext }: Letter): Promise<string> {
  const plaintext = await to.repository.decryptMessage({ jid: from.jid, type, ciphertext });
  return Buffer.from(plaintext).toString();
}

async function acquainted() {
  const we = ourPeer(OURS, device.store, device.key);
  const friend = ourPeer(FRIEND, other.store, other.key);
  await introduce(we, friend);
  await say(we, friend, 'hello');
  await say(friend, we, 'hello back');
  return { we, friend };
}

it('leaves a session as it was when a message turns out to be of another one', async () => {
  const { we, friend } = await acquainted();
  const inOld = await write(friend, we);
  await introduce(we, friend);
  await read(await write(we, friend));
  const inNew = await write(friend, we);
  // The older message makes the older session the current one again, and the first to be tried.
  await read(inOld);
  const answer = await write(we, friend);
  await read(inNew);
  await read(answer);
  const last = await write(friend, we);
  expect(await read(last)).toBe(last.text);
});

it('reads every message, whoever starts new sessions and however many are on their way', async () => {
  const step = fc.constantFrom('we write', 'we read', 'we renew', 'they write', 'they read');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(step, fc.constant('they renew')), {
        minLength: 30,
        maxLength: 60,
        size: 'max',
      }),
      async (steps) => {
        const { we, friend } = await acquainted();
        const toUs: Letter[] = [];
        const toThem: Letter[] = [];
        const heard: [said: string, heard: string][] = [];
        const readNext = async (box: Letter[]) => {
          const letter = box.shift();
          if (letter) heard.push([letter.text, await read(letter)]);
        };
        const actions: Record<string, () => Promise<unknown>> = {
          'we write': async () => toThem.push(await write(we, friend)),
          'they write': async () => toUs.push(await write(friend, we)),
          'we renew': () => introduce(we, friend),
          'they renew': () => introduce(friend, we),
          'we read': () => readNext(toUs),
          'they read': () => readNext(toThem),
        };
        for (const name of steps) await actions[name]?.();
        while (toUs.length > 0 || toThem.length > 0) {
          await readNext(toUs);
          await readNext(toThem);
        }
        for (const [said, understood] of heard) expect(understood).toBe(said);
      },
    ),
    { numRuns: 8 },
  );
}, 60_000);
