import { initAuthCreds } from 'baileys';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeviceStore } from '../store.ts';
import { encodeCredentials, readCredentials } from './credentials.ts';
import { restoreCredentials } from './previous-credentials.ts';
import { openDeviceStore } from './testing/device-store.ts';

let device: Awaited<ReturnType<typeof openDeviceStore>>;
let store: DeviceStore;

beforeEach(async () => {
  device = await openDeviceStore();
  store = device.store;
});
afterEach(() => device.close());

const paired = { me: { id: '15550001:3@s.whatsapp.net' }, account: {} };
const save = (change: object) =>
  store.commit(device.key, { credentials: encodeCredentials({ ...initAuthCreds(), ...change }) });

async function current() {
  const loaded = readCredentials(await store.loadCredentials(device.key));
  if (loaded.kind !== 'paired') throw new Error(`credentials are ${loaded.kind}`);
  return loaded.creds;
}

it('hands out no pre-key number a second time', async () => {
  await save({ ...paired, registrationId: 7, nextPreKeyId: 20, firstUnuploadedPreKeyId: 20 });
  await save({ ...paired, registrationId: 8, nextPreKeyId: 40, firstUnuploadedPreKeyId: 40 });
  const records = ['19', '39', '9'].map((id) => ({
    type: 'pre-key',
    id,
    value: new Uint8Array(64),
  }));
  await store.commit(device.key, { records });
  expect(await restoreCredentials(store, device.key)).toBe(true);
  expect(await current()).toMatchObject({
    registrationId: 7,
    nextPreKeyId: 40,
    firstUnuploadedPreKeyId: 40,
  });
});

it('changes nothing when what came before was no paired device', async () => {
  await save({});
  await save({ ...paired, registrationId: 8 });
  expect(await restoreCredentials(store, device.key)).toBe(false);
  expect((await current()).registrationId).toBe(8);
});
