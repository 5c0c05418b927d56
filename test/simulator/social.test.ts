import { describe, expect, it } from 'vitest';
import { appStateChanges } from '../../simulator/src/index.ts';
import { withWorld } from './support/world.ts';

const PICTURE = Buffer.from('not quite a JPEG');

describe('people', () => {
  const world = withWorld();

  async function start() {
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const ann = world.simulator.accounts.create({ name: 'Ann' });
    const { client } = await world.linked(shop);
    await ann.phone.send(shop.jid, 'hello');
    await client.text('hello');
    return { shop, ann, client, socket: client.socket };
  }

  it('have pictures that others may see, or not', async () => {
    const { ann, client, socket } = await start();
    await expect(socket.profilePictureUrl(ann.jid)).rejects.toThrow('item-not-found');
    ann.setPicture(PICTURE);
    await client.event('contacts.update', (all) => all.some(({ imgUrl }) => imgUrl === 'changed'));
    const url = await socket.profilePictureUrl(ann.jid, 'image');
    const answer = await fetch(url ?? '', world.fetchOptions().options);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(PICTURE);
    ann.setPrivacy('profile', 'none');
    await expect(socket.profilePictureUrl(ann.jid)).rejects.toThrow('not-authorized');
    world.simulator.violations.assertNone();
  });

  it('have an about that others may read', async () => {
    const { ann, socket } = await start();
    ann.setAbout('at the beach');
    const [status] = (await socket.fetchStatus(ann.jid)) ?? [];
    expect(status).toMatchObject({ id: ann.jid, status: { status: 'at the beach' } });
    await socket.updateProfileStatus('open from 9 to 5');
    const about = world.simulator.accounts.findByName('Shop')?.account.about;
    expect(about?.text).toBe('open from 9 to 5');
  });

  it('block others, who are not heard any more', async () => {
    const { shop, ann, client, socket } = await start();
    await socket.updateBlockStatus(ann.jid, 'block');
    expect(await socket.fetchBlocklist()).toEqual([ann.lid]);
    const sent = await ann.phone.send(shop.jid, 'can you hear me?');
    await ann.phone.waitForState(sent.id, 'sent');
    await socket.updateBlockStatus(ann.jid, 'unblock');
    await ann.phone.send(shop.jid, 'and now?');
    await client.text('and now?');
    expect(client.messages.some(({ key }) => key.id === sent.id)).toBe(false);
    expect(ann.phone.records.findSent(sent.id)?.state).toBe('sent');
    world.simulator.violations.assertNone();
  });

  it('change what others may know', async () => {
    const { shop, socket } = await start();
    await socket.updateLastSeenPrivacy('contacts');
    await socket.updateReadReceiptsPrivacy('none');
    await expect(socket.fetchPrivacySettings(true)).resolves.toMatchObject({
      last: 'contacts',
      readreceipts: 'none',
    });
    expect(shop.account.privacy.get('last')).toBe('contacts');
    await socket.updateDefaultDisappearingMode(86_400);
    expect(shop.account.disappearing.durationS).toBe(86_400);
  });

  it('may be businesses', async () => {
    const { ann, socket } = await start();
    await expect(socket.getBusinessProfile(ann.jid)).resolves.toBeUndefined();
    ann.setBusiness({
      description: 'Flowers',
      address: 'Main Street 1',
      email: 'ann@example.com',
      website: 'https://example.com',
      category: 'Florist',
    });
    await expect(socket.getBusinessProfile(ann.jid)).resolves.toMatchObject({
      description: 'Flowers',
      category: 'Florist',
      website: ['https://example.com'],
    });
  });

  it('come, go and type, for those who asked to be told', async () => {
    const { shop, ann, client, socket } = await start();
    const last = () =>
      client.events
        .filter(({ name }) => name === 'presence.update')
        .map(
          ({ payload }) => payload as { presences: Record<string, { lastKnownPresence: string }> },
        )
        .flatMap(({ presences }) => Object.values(presences))
        .at(-1)?.lastKnownPresence;
    // The library says that it is available once it knows its name.
    await client.until('a name', () => client.state.creds.me?.name);
    await socket.sendPresenceUpdate('available');
    await socket.presenceSubscribe(ann.jid);
    await client.until('the first answer', () => last() === 'unavailable');
    ann.setOnline(true);
    await client.until('coming', () => last() === 'available');
    ann.showTyping(shop.jid, 'composing');
    await client.until('typing', () => last() === 'composing');
    ann.showTyping(shop.number, 'recording');
    await client.until('recording', () => last() === 'recording');
    ann.showTyping(shop.jid, 'paused');
    await client.until('a pause', () => last() === 'available');
    ann.setOnline(false);
    await client.until('going', () => last() === 'unavailable');

    const typing = new Promise((resolve) => ann.phone.records.events.on('typing', resolve));
    await socket.sendPresenceUpdate('composing', ann.jid);
    expect(await typing).toEqual({ chat: shop.jid, sender: shop.jid, state: 'composing' });
    world.simulator.violations.assertNone();
  });

  it('call, and are rejected', async () => {
    const { shop, ann, client, socket } = await start();
    const call = ann.call(shop, { video: true });
    const [offer] = await client.event('call', ([one]) => one?.status === 'offer');
    expect(offer).toMatchObject({ id: call.id, isVideo: true, callerPn: ann.jid });
    await socket.rejectCall(call.id, offer?.from ?? '');
    await ann.waitForCall(call, 'rejected');
    const missed = ann.call(shop);
    await client.event('call', ([one]) => one?.id === missed.id);
    ann.endCall(missed, 'missed');
    await client.event('call', ([one]) => one?.id === missed.id && one.status === 'timeout');
    await expect(socket.createCallLink('audio')).resolves.toBeTruthy();
    world.simulator.violations.assertNone();
  });

  it('trust whoever they write to, and tokens show it', async () => {
    const { ann, client, socket } = await start();
    await world.simulator.ledger.waitFor({
      tag: 'notification',
      type: 'privacy_token',
      event: 'confirmed',
      device: client.jid,
    });
    await socket.sendMessage(ann.jid, { text: 'with a token' });
    await ann.phone.waitForMessage();
    const tokens = await client.state.keys.get('tctoken', [ann.lid]);
    expect(tokens[ann.lid]?.token).toHaveLength(16);
    world.simulator.violations.assertNone();
  });
});

describe('shared settings', () => {
  const world = withWorld();

  async function start(snapshots: boolean) {
    world.simulator.configure({ appStateSnapshots: snapshots });
    const shop = world.simulator.accounts.create({ name: 'Shop' });
    const ann = world.simulator.accounts.create({ name: 'Ann' });
    const nowMs = Date.now();
    shop.changeSetting(appStateChanges.contact(ann.jid, { fullName: 'Ann Example' }, nowMs));
    shop.changeSetting(appStateChanges.pushName('The Shop', nowMs));
    const { client } = await world.linked(shop);
    return { shop, ann, client };
  }

  it('made on the phone reach a new device, later changes reach it too', async () => {
    const { shop, ann, client } = await start(false);
    await client.event('contacts.upsert', (all) => all.some(({ name }) => name === 'Ann Example'));
    await client.until('the name', () => client.state.creds.me?.name === 'The Shop');
    shop.changeSetting(appStateChanges.archive(ann.jid, true, Date.now()));
    await client.event('chats.update', (all) => all.some(({ archived }) => archived === true));
    expect(client.state.creds.me?.name).toBe('The Shop');
    world.simulator.violations.assertNone();
  });

  it('reach a new device as snapshots, too', async () => {
    const { shop, ann, client } = await start(true);
    await client.event('contacts.upsert', (all) => all.some(({ name }) => name === 'Ann Example'));
    shop.changeSetting(appStateChanges.archive(ann.jid, true, Date.now()));
    await client.event('chats.update', (all) => all.some(({ archived }) => archived === true));
    await client.socket.updateProfileName('The Shop next door');
    expect(shop.name).toBe('The Shop next door');
    world.simulator.violations.assertNone();
  });

  it('made by a client are checked, and reach the phone and the other devices', async () => {
    const { shop, ann, client } = await start(false);
    await client.event('contacts.upsert');
    const { client: second } = await world.linked(shop);
    await second.event('contacts.upsert');
    await client.socket.updateProfileName('Corner Shop');
    await expect.poll(() => shop.name).toBe('Corner Shop');
    await client.socket.chatModify({ pin: true }, ann.jid);
    await second.event('chats.update', (all) => all.some(({ pinned }) => Boolean(pinned)));
    world.simulator.violations.assertNone();
  });
});
