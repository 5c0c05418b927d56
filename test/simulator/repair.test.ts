import { WAMessageStubType } from 'baileys';
import { describe, expect, it } from 'vitest';
import { withWorld } from './support/world.ts';

const { CIPHERTEXT } = WAMessageStubType;

describe('what cannot be read', () => {
  const world = withWorld();

  it('is asked for again by the client, and sent again by the phone', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    await ann.phone.send(shop.jid, 'fine');
    await client.text('fine');
    const sent = await ann.phone.send(shop.jid, 'damaged', { damaged: true });
    const repaired = await client.text('damaged');
    expect(repaired.key.id).toBe(sent.id);
    const { ledger } = world.simulator;
    await ledger.waitFor({ id: sent.id, event: 'rejected', device: client.jid });
    await ledger.waitFor({ id: sent.id, event: 'confirmed', device: client.jid });
  });

  it('is repaired in groups, too', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    const group = world.simulator.groups.create(ann, 'Group', [shop]);
    await ann.phone.send(group.jid, 'damaged', { damaged: true });
    await client.text('damaged');
    await ann.phone.send(group.jid, 'fine');
    expect((await client.text('fine')).key.remoteJid).toBe(group.jid);
  });

  it('is asked for again by a phone that was installed anew, and sent again by the client', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    await client.socket.sendMessage(ann.jid, { text: 'before' });
    await ann.phone.waitForMessage(({ text }) => text === 'before');
    // Nobody tells the client: it finds out by the phone's retry receipt.
    ann.phone.renewKeys();
    const sent = await client.socket.sendMessage(ann.jid, { text: 'after' });
    const repaired = await ann.phone.waitForMessage(({ text }) => text === 'after');
    expect(repaired.id).toBe(sent?.key.id);
    await ann.phone.send(shop.jid, 'I read you');
    await client.text('I read you');
  });

  it('is avoided when a contact is known to have a new identity', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    await client.socket.sendMessage(ann.jid, { text: 'before' });
    await ann.phone.waitForMessage(({ text }) => text === 'before');
    const bundles = () =>
      world.simulator.ledger.count({ tag: 'message', event: 'duplicate', device: client.jid });
    const acknowledged = world.simulator.ledger.waitFor({
      tag: 'notification',
      type: 'encrypt',
      event: 'confirmed',
      device: client.jid,
    });
    ann.reinstall();
    await acknowledged;
    await client.socket.sendMessage(ann.jid, { text: 'after' });
    await ann.phone.waitForMessage(({ text }) => text === 'after');
    expect(bundles()).toBe(0);
    world.simulator.violations.assertNone();
  });

  it('comes from the own phone when only a placeholder was sent', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    const sent = await ann.phone.send(shop.jid, 'from an advertisement', {
      linkedDevicesGet: 'placeholder',
    });
    await client.message(
      ({ key, messageStubType }) => key.id === sent.id && messageStubType === CIPHERTEXT,
    );
    const resent = await client.text('from an advertisement');
    expect(resent.key.id).toBe(sent.id);
    world.simulator.violations.assertNone();
  });

  it('may be viewed on the phone only', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client } = await world.linked(shop);
    const bytes = Buffer.from('a secret picture');
    const sent = await ann.phone.send(shop.jid, {
      type: 'image',
      media: { bytes },
      viewOnce: true,
    });
    const note = await client.message(({ key }) => key.id === sent.id);
    expect(note.key.isViewOnce).toBe(true);
    const { content } = await shop.phone.waitForMessage(({ id }) => id === sent.id);
    expect(content).toMatchObject({ type: 'image', viewOnce: true });
  });
});

describe('one-time pre-keys', () => {
  const world = withWorld();

  it('are uploaded anew when they run low', async () => {
    const shop = world.simulator.accounts.create();
    const { client, device } = await world.linked(shop);
    const uploaded = device.preKeys.count;
    expect(uploaded).toBeGreaterThan(800);
    for (let left = uploaded; left > 5; left--) device.preKeys.take();
    const people = Array.from({ length: 3 }, () => world.simulator.accounts.create());
    for (const [index, person] of people.entries()) {
      await person.phone.send(shop.jid, `first message ${index}`);
      await client.text(`first message ${index}`);
    }
    await expect.poll(() => device.preKeys.count).toBeGreaterThan(5);
    world.simulator.violations.assertNone();
  });

  it('may be missing: sessions start without them', async () => {
    const shop = world.simulator.accounts.create();
    const ann = world.simulator.accounts.create();
    const { client, device } = await world.linked(shop);
    device.preKeys.clear();
    world.simulator.faults.add({ kind: 'no-pre-keys' });
    await ann.phone.send(shop.jid, 'without');
    await client.text('without');
    const ben = world.simulator.accounts.create();
    await client.socket.sendMessage(ben.jid, { text: 'me too' });
    expect((await ben.phone.waitForMessage()).text).toBe('me too');
  });
});
