import { afterEach, beforeEach, expect, it } from 'vitest';
import { sessionInfo } from '../../gateway/src/whatsapp/baileys/signal-record.ts';
import { NotConnected } from '../../gateway/src/whatsapp/port.ts';
import type { AccountHandle } from '../../simulator/src/index.ts';
import { Harness } from './support/harness.ts';
import { type TestDevice, textOf } from './support/test-device.ts';

let harness: Harness;
let device: TestDevice;
let friend: AccountHandle;

beforeEach(async () => {
  harness = await Harness.start();
  device = await harness.pairedDevice('support', 'Support');
  friend = harness.simulator.accounts.create({ name: 'Ann' });
});

afterEach(() => harness.close());

const own = () => device.account?.jid ?? '';

it('comes back without a QR code and gets what it missed, in order and marked as late', async () => {
  await device.close();
  const texts = ['one', 'two', 'three'];
  for (const text of texts) await friend.phone.send(own(), text);
  harness.rebirth();
  await device.recover();
  await device.open();
  expect(device.signals.some(({ type }) => type === 'qr')).toBe(false);
  const late = await Promise.all(texts.map((text) => device.text(text)));
  expect(late.every(({ delayed }) => delayed)).toBe(true);
  expect(device.messages.map(textOf)).toEqual(texts);
});

it('hears of a message twice but records it once', async () => {
  harness.simulator.faults.add({ kind: 'duplicate', times: 1 });
  await friend.phone.send(own(), 'twice');
  await friend.phone.send(own(), 'after');
  await device.text('after');
  expect(device.messages.map(textOf)).toEqual(['twice', 'after']);
});

it('says that it is not connected, at whatever instant the connection breaks', async () => {
  const rejected: unknown[] = [];
  const { connection } = device;
  let isOver = false;
  void device.signal('closed').then(() => (isOver = true));
  setImmediate(() => harness.simulator.drop());
  while (!isOver) {
    connection?.lookUp(['15550009999']).catch((error: unknown) => rejected.push(error));
    connection?.presence(friend.jid, 'paused').catch((error: unknown) => rejected.push(error));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect(connection?.lookUp(['15550009999'])).rejects.toBeInstanceOf(NotConnected);
  expect(rejected.length).toBeGreaterThan(0);
  expect(rejected.filter((error) => !(error instanceof NotConnected))).toEqual([]);
});

it('goes on after the connection broke', async () => {
  harness.simulator.drop();
  const { cause } = await device.signal('closed');
  expect(cause.code).toBe(428);
  await device.close();
  await device.open();
  await friend.phone.send(own(), 'still there?');
  await device.text('still there?');
});

it('says why it was thrown out', async () => {
  const [linked] = device.account?.devices ?? [];
  if (linked) device.account?.unlink(linked.id);
  expect((await device.signal('closed')).cause.code).toBe(401);
});

it('tells the phone when it logs out', async () => {
  await device.connection?.logout();
  expect(device.account?.devices).toEqual([]);
  await harness.whatsapp.forget(device.ref);
  await expect(harness.whatsapp.identity(device.ref)).resolves.toBe('none');
});

it('shows what the phone itself writes as our own', async () => {
  await device.account?.phone.send(friend.jid, 'typed on the phone');
  const message = await device.text('typed on the phone');
  expect(message.fromMe).toBe(true);
  expect([message.chat, message.chatAlt]).toContain(friend.jid);
});

it('asks again for what it cannot read', async () => {
  await friend.phone.send(own(), 'readable');
  await friend.phone.send(own(), 'damaged', { damaged: true });
  await device.text('damaged');
  expect(device.messages.map(textOf)).toEqual(['readable', 'damaged']);
});

it('gets from the phone what came as a placeholder only', async () => {
  await friend.phone.send(own(), 'hidden', { linkedDevicesGet: 'placeholder' });
  const message = await device.text('hidden');
  expect(message.fromMe).toBe(false);
  expect(message.chat).toContain('@');
});

it('sends a message again to who could not read it, also after a restart', async () => {
  expect(await device.sendText(friend.jid, 'first', '3EB0A')).toEqual({ kind: 'acked' });
  await friend.phone.waitForMessage(({ id }) => id === '3EB0A');
  const [linked] = device.account?.devices ?? [];
  if (!device.account || !linked) throw new Error('not linked');
  harness.rebirth();
  await device.recover();
  await device.open();
  friend.phone.forgetSession(device.account.account, linked.id);
  expect(await device.sendText(friend.jid, 'second', '3EB0B')).toEqual({ kind: 'acked' });
  const heard = await friend.phone.waitForMessage(({ id }) => id === '3EB0B');
  expect(heard.text).toBe('second');
});

it('keeps the session with a contact over a restart', async () => {
  await device.sendText(friend.jid, 'first', '3EB0A');
  await friend.phone.waitForMessage(({ id }) => id === '3EB0A');
  await friend.phone.send(own(), 'answer');
  await device.text('answer');
  const address = `${friend.lid.slice(0, friend.lid.indexOf('@'))}_1.0`;
  const baseKey = async () => {
    const { devices } = harness.storage;
    const records = await devices.readRecords(device.ref.key, 'session', [address]);
    const info = sessionInfo(records.get(address) ?? new Uint8Array());
    return Buffer.from(info?.baseKey ?? []).toString('hex');
  };
  const before = await baseKey();
  expect(before).toHaveLength(66);
  harness.rebirth();
  await device.recover();
  await device.open();
  await device.sendText(friend.jid, 'second', '3EB0B');
  await friend.phone.waitForMessage(({ id }) => id === '3EB0B');
  expect(await baseKey()).toBe(before);
});
