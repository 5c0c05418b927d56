import { afterEach, describe, expect, it } from 'vitest';
import type { Rule } from '../../simulator/src/index.ts';
import { bigEndian, KEY_TYPE } from '../../simulator/src/server/bundles.ts';
import { childNamed, stanza } from '../../simulator/src/wire/stanza.ts';
import { WireClient } from './support/wire-client.ts';
import { type Account, withWorld } from './support/world.ts';

describe('a client that breaks the rules is reported', () => {
  const world = withWorld();
  const clients: WireClient[] = [];

  afterEach(() => {
    for (const client of clients.splice(0)) client.stop();
  });

  async function start(account: Account = world.simulator.accounts.create()) {
    const client = await WireClient.logIn(world.simulator, account);
    clients.push(client);
    return { account, client };
  }

  const broken = (rule: Rule) =>
    world.simulator.violations.list().find((violation) => violation.rule === rule)?.text;

  it('for a question that nobody knows, which is answered with 501', async () => {
    const { client } = await start();
    const answer = await client.ask('no:such', 'get', [stanza('thing')]);
    expect(answer.attrs['type']).toBe('error');
    expect(childNamed(answer, 'error')?.attrs).toEqual({
      code: '501',
      text: 'feature-not-implemented',
    });
    expect(broken('unknown-stanza')).toContain('no:such');
  });

  it('for a stanza that nobody knows', async () => {
    const { client } = await start();
    client.send(stanza('surprise', { id: '1' }));
    await client.ask('w:p', 'get', [stanza('ping')]);
    expect(broken('unknown-stanza')).toContain('<surprise');
    expect(() => world.simulator.violations.assertNone()).toThrow('surprise');
  });

  it('for a frame that does not decrypt: the connection is cut', async () => {
    const { client } = await start();
    client.sendRaw(Buffer.from([0, 0, 20, ...new Uint8Array(20)]));
    await client.closed();
    expect(broken('wire')).toContain('does not decrypt');
  });

  it('for a signed pre-key with a wrong signature, and one-time keys that come twice', async () => {
    const { client } = await start();
    const { party } = client;
    const preKey = stanza('key', {}, [
      stanza('id', {}, bigEndian(5, 3)),
      stanza('value', {}, new Uint8Array(32)),
    ]);
    const upload = (signature: Uint8Array) =>
      client.ask('encrypt', 'set', [
        stanza('registration', {}, bigEndian(party.registrationId, 4)),
        stanza('type', {}, KEY_TYPE),
        stanza('identity', {}, party.identity),
        stanza('list', {}, [preKey]),
        stanza('skey', {}, [
          stanza('id', {}, bigEndian(party.signedPreKey.id, 3)),
          stanza('value', {}, party.signedPreKey.publicKey),
          stanza('signature', {}, signature),
        ]),
      ]);
    expect((await upload(new Uint8Array(64))).attrs['type']).toBe('error');
    expect(broken('pre-key-signature')).toContain('wrong signature');
    expect((await upload(party.signedPreKey.signature)).attrs['type']).toBe('result');
    expect(broken('pre-key-reuse')).toBeUndefined();
    await upload(party.signedPreKey.signature);
    expect(broken('pre-key-reuse')).toContain('5');
  });

  it('for a message that is not encrypted for everybody, or without its device identity', async () => {
    const { account, client } = await start();
    const ann = world.simulator.accounts.create();
    const { type, ciphertext } = await encryptFor(client, ann, 'hello');
    client.send(
      stanza('message', { id: 'M1', to: ann.jid, type: 'text', phash: '2:wrong' }, [
        stanza('participants', {}, [
          stanza('to', { jid: ann.jid }, [stanza('enc', { v: '2', type }, ciphertext)]),
        ]),
      ]),
    );
    await client.until(({ tag, attrs }) => tag === 'ack' && attrs['id'] === 'M1');
    expect(broken('device-list')).toContain(`${account.number}:0`);
    expect(broken('device-identity')).toContain('without the device identity');
    expect(broken('participant-hash')).toContain('2:wrong');
  });

  it('for a plaintext without proper padding', async () => {
    const { account, client } = await start();
    const ann = world.simulator.accounts.create();
    const bundle = ann.phone.takeBundle();
    await client.party.startSession(ann.lid, bundle);
    // A text of one character, and a last byte that is no length.
    const plaintext = Buffer.from([0x0a, 0x01, 0x61, 0xff]);
    const { type, ciphertext } = await client.party.encrypt(ann.lid, plaintext);
    const enc = stanza('enc', { v: '2', type }, ciphertext);
    client.send(stanza('message', { id: 'M2', to: ann.jid, type: 'text' }, [enc]));
    await client.until(({ tag, attrs }) => tag === 'ack' && attrs['id'] === 'M2');
    await ann.phone.settled();
    expect(broken('padding')).toContain('no padding');
    expect(account.devices).toHaveLength(1);
  });

  it('for a second receipt for one delivery', async () => {
    const { account, client } = await start();
    const ann = world.simulator.accounts.create();
    await client.ask('passive', 'set', [stanza('active')]);
    const { id } = await ann.phone.send(account.jid, 'once');
    await client.until(({ tag, attrs }) => tag === 'message' && attrs['id'] === id);
    const receipt = stanza('receipt', { id, to: ann.jid });
    client.send(receipt);
    client.send(receipt);
    await client.ask('w:p', 'get', [stanza('ping')]);
    expect(broken('receipt-count')).toContain('2 receipts for 1 deliveries');
  });

  it('for settings that do not fit what they are based on', async () => {
    const { client } = await start();
    const collection = (name: string) =>
      stanza('sync', {}, [
        stanza('collection', { name, version: '0' }, [
          stanza('patch', {}, Buffer.from('nonsense')),
        ]),
      ]);
    await client.ask('w:sync:app:state', 'set', [collection('regular_low')]);
    expect(broken('app-state')).toContain('regular_low');
  });

  it('for a trusted-contact token that nobody gave', async () => {
    const { client } = await start();
    const ann = world.simulator.accounts.create();
    const { type, ciphertext } = await encryptFor(client, ann, 'hello');
    client.send(
      stanza('message', { id: 'M3', to: ann.jid, type: 'text' }, [
        stanza('participants', {}, [
          stanza('to', { jid: ann.jid }, [stanza('enc', { v: '2', type }, ciphertext)]),
        ]),
        stanza('tctoken', {}, new Uint8Array(16)),
      ]),
    );
    await client.until(({ tag, attrs }) => tag === 'ack' && attrs['id'] === 'M3');
    expect(broken('trust-token')).toContain('never gave');
  });

  async function encryptFor(client: WireClient, to: Account, text: string) {
    await client.party.startSession(to.lid, to.phone.takeBundle());
    const message = Buffer.concat([Buffer.from([0x0a, text.length]), Buffer.from(text)]);
    return client.party.encrypt(to.lid, Buffer.concat([message, Buffer.of(1)]));
  }
});
