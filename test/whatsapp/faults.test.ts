import { afterEach, expect, it } from 'vitest';
import { createSimulator } from '../../simulator/src/index.ts';
import { Harness } from './support/harness.ts';

let harness: Harness;

afterEach(() => harness.close());

it('refuses a server that does not prove itself', async () => {
  const stranger = await createSimulator({ seed: 99 });
  harness = await Harness.start({ rootKeyHex: stranger.rootKeyHex });
  await stranger.close();
  const device = await harness.device('support');
  device.connect();
  const { cause } = await device.signal('closed');
  expect(cause).toMatchObject({ untrustedServer: true });
  await expect(harness.whatsapp.identity(device.ref)).resolves.toBe('none');
});

it('notices at once when the WebSocket is refused', async () => {
  harness = await Harness.start();
  harness.simulator.faults.add({ kind: 'refuse-upgrade', status: 502 });
  const device = await harness.device('support');
  device.connect();
  const { cause } = await device.signal('closed', 5_000);
  expect(cause).toEqual({ code: 503, reason: 'the WebSocket was refused with HTTP 502' });
});

it('ends with its reason when the server refuses the login', async () => {
  harness = await Harness.start();
  const device = await harness.pairedDevice('support');
  await device.close();
  for (const code of [401, 403, 405, 411, 500, 503]) {
    harness.simulator.faults.add({ kind: 'refuse-login', code, times: 1 });
    device.connect();
    expect((await device.signal('closed')).cause.code).toBe(code);
    await device.close();
  }
  await device.open();
});

it('ends with 440 when the device is replaced', async () => {
  harness = await Harness.start();
  const device = await harness.pairedDevice('support');
  harness.simulator.faults.add({ kind: 'stream-error', code: 440, times: 1 });
  expect((await device.signal('closed')).cause.code).toBe(440);
});

it('ends when the QR codes run out, and can show new ones', async () => {
  harness = await Harness.start();
  const device = await harness.device('support');
  device.connect();
  const { text } = await device.signal('qr');
  await device.close();
  device.connect();
  expect((await device.signal('qr')).text).not.toBe(text);
});

it('takes a send that WhatsApp refused for refused, with its number', async () => {
  harness = await Harness.start();
  const device = await harness.pairedDevice('support');
  const friend = harness.simulator.accounts.create({ name: 'Ann' });
  harness.simulator.faults.add({ kind: 'nack', code: 463, times: 1 });
  expect(await device.sendText(friend.jid, 'hello', '3EB0A')).toEqual({
    kind: 'rejected',
    code: 463,
  });
  expect(await device.sendText(friend.jid, 'hello', '3EB0B')).toEqual({ kind: 'acked' });
});

it('reports until when the account is restricted', async () => {
  harness = await Harness.start();
  const device = await harness.pairedDevice('support');
  const stranger = harness.simulator.accounts.create({ name: 'Stranger' });
  const untilMs = Math.ceil(Date.now() / 1000 + 3_600) * 1000;
  if (!device.account) throw new Error('not paired');
  harness.simulator.standings.restrict(device.account.account, untilMs);
  harness.simulator.standings.setQuota(device.account.account, 20);
  const outcome = await device.sendText(stranger.jid, 'hello stranger', '3EB0A');
  expect(outcome).toEqual({ kind: 'rejected', code: 463 });
  await device.until(
    () => device.restrictions.find(({ type }) => type === 'reach_out'),
    'reach-out restriction',
  );
  expect(device.restrictions).toContainEqual({ type: 'reach_out', active: true, untilMs });
  await device.until(
    () => device.restrictions.find((signal) => signal.type === 'new_chats' && signal.total === 20),
    'quota',
  );
});

it('leaves a send open when the connection breaks before the answer; the same id goes out once', async () => {
  harness = await Harness.start();
  const device = await harness.pairedDevice('support');
  const friend = harness.simulator.accounts.create({ name: 'Ann' });
  harness.simulator.faults.add({ kind: 'drop-before-ack', taken: true, times: 1 });
  expect(await device.sendText(friend.jid, 'hello', '3EB0A')).toMatchObject({
    kind: 'unconfirmed',
  });
  await device.signal('closed');
  await device.close();
  await device.open();
  expect(await device.sendText(friend.jid, 'hello', '3EB0A')).toEqual({ kind: 'acked' });
  await friend.phone.settled();
  expect(friend.phone.inbox.filter(({ id }) => id === '3EB0A')).toHaveLength(1);
});

it('sends nothing to a contact whose devices WhatsApp does not name', async () => {
  harness = await Harness.start();
  const device = await harness.pairedDevice('support');
  const friend = harness.simulator.accounts.create({ name: 'Ann' });
  const outcome = await device.sendText('15559990000@s.whatsapp.net', 'anybody?', '3EB0A');
  expect(outcome).toMatchObject({ kind: 'unconfirmed' });
  expect(harness.simulator.ledger.count({ id: '3EB0A', event: 'accepted' })).toBe(0);
  expect(await device.sendText(friend.jid, 'hello', '3EB0B')).toEqual({ kind: 'acked' });
});

it('fails calls on a connection that is not open', async () => {
  harness = await Harness.start();
  const device = await harness.device('support');
  const connection = device.connect();
  await expect(connection.lookUp(['15550001111'])).rejects.toThrow('not connected');
  await expect(connection.relay('1@s.whatsapp.net', 'X', new Uint8Array())).rejects.toThrow(
    'not connected',
  );
});

it('never takes unreadable credentials for absent ones', async () => {
  harness = await Harness.start();
  const device = await harness.device('support');
  await harness.storage.devices.commit(device.ref.key, { credentials: Buffer.from('{"noiseK') });
  await expect(harness.whatsapp.identity(device.ref)).resolves.toBe('corrupt');
  device.connect();
  const { cause } = await device.signal('closed');
  expect(cause.reason).toContain('auth_corrupt');
  const stored = await harness.storage.devices.loadCredentials(device.ref.key);
  expect(stored.kind === 'found' && Buffer.from(stored.data).toString()).toBe('{"noiseK');
});
