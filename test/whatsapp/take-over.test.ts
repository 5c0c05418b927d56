import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { useMultiFileAuthState } from 'baileys';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../gateway/src/kernel/logger.ts';
import {
  installProcessGuards,
  type ProcessGuards,
} from '../../gateway/src/whatsapp/baileys/process-guards.ts';
import type { AccountHandle } from '../../simulator/src/index.ts';
import { Client } from '../simulator/support/client.ts';
import { Harness } from './support/harness.ts';

let guards: ProcessGuards;
let harness: Harness;
let owner: AccountHandle;
let friend: AccountHandle;
let folder: string;

beforeAll(async () => {
  // The bare client prints its keys.
  guards = installProcessGuards(silentLogger);
  harness = await Harness.start();
  owner = harness.simulator.accounts.create({ name: 'Owner' });
  friend = harness.simulator.accounts.create({ name: 'Friend' });
  folder = join(harness.folder, 'auth');
});

afterAll(async () => {
  guards.remove();
  await harness.close();
});

it('goes on where another gateway left off, without a new pairing', async () => {
  const group = harness.simulator.groups.create(friend, 'Both', [owner]);
  const { state, saveCreds } = await useMultiFileAuthState(folder);
  const before = new Client(harness.simulator, { auth: state }, state).start();
  before.socket.ev.on('creds.update', () => void saveCreds());
  const { qr } = await before.event('connection.update', ({ qr: text }) => !!text);
  await owner.phone.scan(qr ?? '');
  await before.event('connection.update', ({ connection }) => connection === 'open');
  await friend.phone.send(owner.jid, 'before the move');
  await friend.phone.send(group.jid, 'group before');
  await before.until('messages', () => before.messages.length >= 2);
  await before.socket.sendMessage(friend.jid, { text: 'answer before' });
  await friend.phone.waitForMessage(({ text }) => text === 'answer before');
  await saveCreds();
  await before.stop();
  await friend.phone.send(owner.jid, 'during the move');

  const device = await harness.device('support');
  await writeFile(join(folder, 'session-15550001111.0.json'), '{"broken');
  await expect(harness.whatsapp.importFolder(device.ref, folder)).resolves.toBe(true);
  await expect(harness.whatsapp.identity(device.ref)).resolves.toBe('paired');
  await device.open();
  expect(device.signals.some(({ type }) => type === 'qr')).toBe(false);
  await device.text('during the move');
  await friend.phone.send(owner.jid, 'after the move');
  await friend.phone.send(group.jid, 'group after');
  await device.text('after the move');
  await device.text('group after');
  expect(await device.sendText(friend.jid, 'answer after', '3EB0M1')).toEqual({ kind: 'acked' });
  expect(await device.sendText(group.jid, 'to the group', '3EB0M2')).toEqual({ kind: 'acked' });
  await friend.phone.waitForMessage(({ id }) => id === '3EB0M1');
  await friend.phone.waitForMessage(({ id }) => id === '3EB0M2');
  expect((await readdir(folder)).length).toBeGreaterThan(800);
});

it('takes nothing from a folder without usable credentials', async () => {
  const device = await harness.device('other');
  await expect(harness.whatsapp.importFolder(device.ref, harness.folder)).resolves.toBe(false);
  await writeFile(join(harness.folder, 'creds.json'), '{}');
  await expect(harness.whatsapp.importFolder(device.ref, harness.folder)).resolves.toBe(false);
  await expect(harness.whatsapp.identity(device.ref)).resolves.toBe('none');
});
