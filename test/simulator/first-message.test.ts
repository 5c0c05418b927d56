import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSimulator, type Simulator } from '../../simulator/src/index.ts';
import { Client } from './support/client.ts';

describe('an unmodified Baileys client', () => {
  let simulator: Simulator;
  const clients: Client[] = [];

  beforeEach(async () => {
    simulator = await createSimulator();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.stop();
    await simulator.close();
  });

  function newClient(config = {}): Client {
    const client = new Client(simulator, config);
    clients.push(client);
    return client;
  }

  it('pairs by QR, restarts on 515 and logs in', async () => {
    const account = simulator.accounts.create({ name: 'Shop' });
    const client = newClient().start();
    const device = await account.phone.scan(await client.qr());
    await client.open();
    expect(client.jid).toBe(`${account.number}:${device.id}@s.whatsapp.net`);
    expect(client.state.creds.me?.lid).toBe(account.lid.replace('@', `:${device.id}@`));
    simulator.violations.assertNone();
  });

  it('sends and receives text', async () => {
    const account = simulator.accounts.create({ name: 'Shop' });
    const contact = simulator.accounts.create({ name: 'John Doe' });
    const client = newClient().start();
    await account.phone.scan(await client.qr());
    await client.open();
    await contact.phone.sendMessage(account.jid, { conversation: 'I need help!' });
    const received = await client.text('I need help!');
    expect(received.key.remoteJid).toBe(contact.jid);
    expect(received.pushName).toBe('John Doe');
    const sent = await client.socket.sendMessage(contact.jid, { text: 'Here I am' });
    await simulator.ledger.waitFor({ event: 'accepted', tag: 'message', id: sent?.key.id ?? '' });
    await contact.phone.settled();
    expect(
      contact.phone.records.received.map(
        (m) => m.message.conversation ?? m.message.extendedTextMessage?.text,
      ),
    ).toEqual(['Here I am']);
    simulator.violations.assertNone();
  });
});
