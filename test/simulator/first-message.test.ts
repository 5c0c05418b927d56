import { downloadMediaMessage } from 'baileys';
import { describe, expect, it } from 'vitest';
import { fetchMedia, mediaOf } from '../../simulator/src/index.ts';
import { textOf } from './support/client.ts';
import { withWorld } from './support/world.ts';

describe('an unmodified client', () => {
  const world = withWorld();

  it('pairs by QR, restarts on 515 and logs in', async () => {
    const account = world.simulator.accounts.create({ name: 'Shop' });
    const { client, device } = await world.linked(account);
    expect(client.jid).toBe(`${account.number}:${device.id}@s.whatsapp.net`);
    expect(client.state.creds.me?.lid).toBe(account.lid.replace('@', `:${device.id}@`));
    await client.event('messaging-history.set');
    expect(client.state.creds.myAppStateKeyId).toBeTruthy();
    world.simulator.violations.assertNone();
  });

  it('receives text and sends text', async () => {
    const account = world.simulator.accounts.create({ name: 'Shop' });
    const contact = world.simulator.accounts.create({ name: 'John Doe' });
    const { client } = await world.linked(account);
    const sent = await contact.phone.send(account.jid, 'I need help!');
    const received = await client.text('I need help!');
    expect(received.key).toMatchObject({
      remoteJid: contact.jid,
      remoteJidAlt: contact.lid,
      fromMe: false,
      id: sent.id,
    });
    expect(received.pushName).toBe('John Doe');
    await contact.phone.waitForState(sent.id, 'delivered');

    await client.socket.sendMessage(contact.jid, { text: 'Here I am' });
    const answer = await contact.phone.waitForMessage();
    expect(answer.content).toMatchObject({ type: 'text', text: 'Here I am' });
    expect(answer.sender).toBe(account.jid);
    world.simulator.violations.assertNone();
  });

  it('hears that its message was delivered and read', async () => {
    const account = world.simulator.accounts.create();
    const contact = world.simulator.accounts.create();
    const { client } = await world.linked(account);
    const sent = await client.socket.sendMessage(contact.jid, { text: 'ticks?' });
    const message = await contact.phone.waitForMessage(({ id }) => id === sent?.key.id);
    const hasStatus = (status: number) => () =>
      client.events.some(({ name, payload }) =>
        name === 'messages.update'
          ? (payload as { key: { id: string }; update: { status?: number } }[]).some(
              ({ key, update }) => key.id === sent?.key.id && update.status === status,
            )
          : name === 'messages.upsert' &&
            (payload as { messages: { key: { id: string }; status?: number }[] }).messages.some(
              ({ key, status: seen }) => key.id === sent?.key.id && seen === status,
            ),
      );
    await client.until('delivery', hasStatus(3));
    await contact.phone.read(message);
    await client.until('reading', hasStatus(4));
    expect(contact.phone.inbox).toHaveLength(1);
  });

  it('sends its own read receipts', async () => {
    const account = world.simulator.accounts.create();
    const contact = world.simulator.accounts.create();
    const { client } = await world.linked(account);
    const sent = await contact.phone.send(account.jid, 'read me');
    const received = await client.text('read me');
    await client.socket.readMessages([received.key]);
    expect((await contact.phone.waitForState(sent.id, 'read')).state).toBe('read');
  });

  it('uploads an image that decrypts at the other end, and downloads one', async () => {
    const account = world.simulator.accounts.create();
    const contact = world.simulator.accounts.create();
    const { client } = await world.linked(account);
    const bytes = Buffer.from('not really a picture, but bytes are bytes');
    await client.socket.sendMessage(contact.jid, {
      image: bytes,
      caption: 'look',
      jpegThumbnail: '',
    });
    const { content } = await contact.phone.waitForMessage();
    expect(content).toMatchObject({ type: 'image', caption: 'look' });
    const media = mediaOf(content);
    expect(media && fetchMedia(media, world.simulator.media)).toEqual(bytes);

    await contact.phone.send(account.jid, { type: 'image', media: { bytes }, caption: 'back' });
    const received = await client.message(({ key, message }) =>
      Boolean(!key.fromMe && message?.imageMessage),
    );
    const downloaded = await downloadMediaMessage(received, 'buffer', world.fetchOptions());
    expect(downloaded.equals(bytes)).toBe(true);
  });

  it('comes back with its credentials and gets what it missed, in order', async () => {
    const account = world.simulator.accounts.create();
    const contact = world.simulator.accounts.create();
    const { client } = await world.linked(account);
    await client.stop();
    for (const text of ['one', 'two', 'three']) {
      await contact.phone.send(account.jid, text);
    }
    client.forget();
    client.start();
    await client.text('three');
    expect(client.messages.map(textOf).filter(Boolean)).toEqual(['one', 'two', 'three']);
    world.simulator.violations.assertNone();
  });

  it('gets again what it never confirmed, and the ledger tells', async () => {
    const account = world.simulator.accounts.create();
    const contact = world.simulator.accounts.create();
    const { client } = await world.linked(account);
    account.drop();
    expect(await client.closed()).toBe(428);
    const { id } = await contact.phone.send(account.jid, 'while away');
    expect(world.simulator.ledger.count({ id, event: 'confirmed' })).toBe(0);
    client.forget();
    client.start();
    await client.text('while away');
    await world.simulator.ledger.waitFor({ id, event: 'confirmed', device: client.jid });
  });

  it('logs out by itself', async () => {
    const account = world.simulator.accounts.create();
    const { client } = await world.linked(account);
    const unlinked = world.simulator.waitFor('device.unlinked');
    await client.socket.logout();
    expect(await client.closed()).toBe(401);
    await unlinked;
    expect(account.devices).toEqual([]);
    client.forget();
    client.start();
    expect(await client.closed()).toBe(401);
  });

  it('is told when the phone unlinks it', async () => {
    const account = world.simulator.accounts.create();
    const { client, device } = await world.linked(account);
    account.unlink(device.id);
    expect(await client.closed()).toBe(401);
  });
});
