/**
 * How fast a simulated device encrypts and decrypts on sessions that exist already, as a ratio to the
 * Signal repository that Baileys brings. One core, one run: the ratio travels between machines, the
 * rates do not. Run: `node --conditions=source --import tsx bench/simulator-signal.ts [messages]`
 */
import { performance } from 'node:perf_hooks';
import { seededRandom } from '../simulator/src/kernel/random.ts';
import { createBaileysPeer } from '../simulator/src/signal/baileys-peer.ts';
import { createSignalParty } from '../simulator/src/signal/party.ts';
import type { EncryptedMessage } from '../simulator/src/signal/port.ts';

const GATEWAY = '15550001:1@s.whatsapp.net';
const CONTACT = '15550002@s.whatsapp.net';
const GROUP = '12036301@g.us';
const WARM_UP = 50;

interface Rates {
  readonly encrypt: number;
  readonly decrypt: number;
  readonly groupEncrypt: number;
}

const plaintext = Buffer.from('a text message of about the usual length, padded'.repeat(2));

/** Messages per second of a task that is awaited one after the other. */
async function rate(count: number, task: (index: number) => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  for (let index = 0; index < count; index++) await task(index);
  return (count * 1000) / (performance.now() - startedMs);
}

async function measureSimulator(count: number): Promise<Rates> {
  const contact = createSignalParty({ random: seededRandom(1) });
  const gateway = createSignalParty({ random: seededRandom(2) });
  await contact.startSession(GATEWAY, gateway.takeBundle());
  await gateway.decrypt(CONTACT, await contact.encrypt(GATEWAY, plaintext));
  await contact.decrypt(GATEWAY, await gateway.encrypt(CONTACT, plaintext));
  await gateway.decrypt(CONTACT, await contact.encrypt(GATEWAY, plaintext));
  const sent: EncryptedMessage[] = [];
  const encrypt = async () => void sent.push(await contact.encrypt(GATEWAY, plaintext));
  await rate(WARM_UP, encrypt);
  return {
    encrypt: await rate(count, encrypt),
    decrypt: await rate(count, (index) => {
      const message = sent[index];
      return message ? gateway.decrypt(CONTACT, message) : Promise.resolve();
    }),
    groupEncrypt: await rate(count, () => contact.encryptForGroup(GROUP, plaintext)),
  };
}

async function measureBaileys(count: number): Promise<Rates> {
  const contact = createBaileysPeer();
  const gateway = createSignalParty({ random: seededRandom(3) });
  const { repository } = contact;
  await contact.startSession(GATEWAY, gateway.takeBundle());
  const toGateway = () => repository.encryptMessage({ jid: GATEWAY, data: plaintext });
  await gateway.decrypt(CONTACT, await toGateway());
  const toContact = async () => {
    const { type, ciphertext } = await gateway.encrypt(CONTACT, plaintext);
    return { type, ciphertext: Buffer.from(ciphertext) };
  };
  await repository.decryptMessage({ jid: GATEWAY, ...(await toContact()) });
  await rate(WARM_UP, toGateway);
  const encrypt = await rate(count, toGateway);
  const received: Awaited<ReturnType<typeof toContact>>[] = [];
  for (let index = 0; index < count; index++) received.push(await toContact());
  return {
    encrypt,
    decrypt: await rate(count, (index) => {
      const message = received[index];
      return message ? repository.decryptMessage({ jid: GATEWAY, ...message }) : Promise.resolve();
    }),
    // Far fewer: a sender key of Baileys grows, and slows down, with each message.
    groupEncrypt: await rate(Math.min(count, 40), () =>
      repository.encryptGroupMessage({ group: GROUP, meId: CONTACT, data: plaintext }),
    ),
  };
}

const count = Number(process.argv[2] ?? 2000);
const ours = await measureSimulator(count);
const theirs = await measureBaileys(count);
for (const name of ['encrypt', 'decrypt', 'groupEncrypt'] as const) {
  const [mine, other] = [ours[name], theirs[name]].map(Math.round);
  const ratio = (ours[name] / theirs[name]).toFixed(1);
  console.log(`${name.padEnd(13)} simulator ${mine}/s, Baileys ${other}/s, ratio ${ratio}`);
}
