import { afterAll, beforeAll, expect, it } from 'vitest';
import { Harness } from './support/harness.ts';
import type { TestDevice } from './support/test-device.ts';

let harness: Harness;
let device: TestDevice;

beforeAll(async () => {
  harness = await Harness.start();
  device = await harness.pairedDevice('support', 'Support');
});

afterAll(() => harness.close());

it('pairs by QR and knows who it is', async () => {
  const { self } = await device.signal('open');
  expect(self.phone).toBe(device.account?.number);
  expect(`${self.lid}@lid`).toBe(device.account?.lid);
  await expect(harness.whatsapp.identity(device.ref)).resolves.toBe('paired');
});

it('receives text and confirms it', async () => {
  const friend = harness.simulator.accounts.create({ name: 'John Doe' });
  const sent = await friend.phone.send(device.account?.jid ?? '', 'Hi!');
  const message = await device.text('Hi!');
  expect(message).toMatchObject({
    messageId: sent.id,
    fromMe: false,
    pushName: 'John Doe',
    delayed: false,
    participant: null,
  });
  expect([message.chat, message.chatAlt]).toEqual(expect.arrayContaining([friend.jid]));
  await friend.phone.waitForState(sent.id, 'delivered');
});

it('sends text, gets the ack and the receipts', async () => {
  const friend = harness.simulator.accounts.create({ name: 'Jane' });
  const outcome = await device.sendText(friend.jid, 'Hello Jane', '3EB0FIRST');
  expect(outcome).toEqual({ kind: 'acked' });
  const received = await friend.phone.waitForMessage((message) => message.id === '3EB0FIRST');
  await device.receipt(
    ({ status, messageIds }) => status === 'delivered' && messageIds.includes('3EB0FIRST'),
  );
  await friend.phone.read(received);
  await device.receipt(
    ({ status, messageIds }) => status === 'read' && messageIds.includes('3EB0FIRST'),
  );
});

it('looks numbers up', async () => {
  const friend = harness.simulator.accounts.create({ name: 'Ann' });
  const found = await device.connection?.lookUp([friend.number, '15550009999']);
  expect(found).toEqual([
    { phone: friend.number, exists: true, chatId: friend.jid, lid: friend.lid },
    { phone: '15550009999', exists: false, chatId: null, lid: null },
  ]);
});

it('does not break the rules of the server', () => {
  expect(harness.simulator.violations.list()).toEqual([]);
});
