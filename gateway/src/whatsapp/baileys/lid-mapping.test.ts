import { afterEach, beforeEach, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import { LidMapping } from './lid-mapping.ts';
import { Records } from './records.ts';
import { openDeviceStore } from './testing/device-store.ts';

let device: Awaited<ReturnType<typeof openDeviceStore>>;
let clock: VirtualClock;
let mapping: LidMapping;

beforeEach(async () => {
  device = await openDeviceStore();
  clock = new VirtualClock();
  mapping = new LidMapping(new Records(device.store, device.key), clock);
});
afterEach(() => device.close());

it('knows people in both directions and by device', async () => {
  await mapping.storeLIDPNMappings([
    { pn: '15550001@s.whatsapp.net', lid: '111@lid' },
    { pn: '222:3@lid', lid: '15550002:3@s.whatsapp.net' },
    { pn: 'nonsense', lid: '333@lid' },
  ]);
  expect(await mapping.getLIDForPN('15550001:4@s.whatsapp.net')).toBe('111:4@lid');
  expect(await mapping.getPNForLID('111:4@lid')).toBe('15550001:4@s.whatsapp.net');
  expect(await mapping.getPNForLID('222@lid')).toBe('15550002:0@s.whatsapp.net');
  expect(await mapping.getLIDForPN('15550001:99@hosted')).toBe('111:99@hosted.lid');
  expect(await mapping.getLIDForPN('1@g.us')).toBeNull();
  expect(await mapping.getPNsForLIDs(['999@lid'])).toBeNull();
});

it('asks once for all who are unknown, and believes a "no" for ten minutes', async () => {
  const asked: string[][] = [];
  mapping.askThrough(async (jids) => {
    asked.push(jids);
    return [{ pn: '15550001@s.whatsapp.net', lid: '111@lid' }];
  });
  const phones = ['15550001@s.whatsapp.net', '15550002@s.whatsapp.net'];
  await Promise.all([mapping.getLIDsForPNs(phones), mapping.getLIDsForPNs(phones)]);
  expect(asked).toEqual([phones]);
  await mapping.getLIDsForPNs(phones);
  expect(asked).toHaveLength(1);
  await clock.advance(10 * 60_000);
  await mapping.getLIDsForPNs(phones);
  expect(asked.at(-1)).toEqual(['15550002@s.whatsapp.net']);
});

it('waits five seconds for an answer, not longer', async () => {
  mapping.askThrough(() => new Promise(() => undefined));
  const answer = mapping.getLIDForPN('15550001@s.whatsapp.net');
  await clock.advance(5_000);
  expect(await answer).toBeNull();
  expect(clock.pending).toBe(0);
});

it('asks nobody when the socket is gone', async () => {
  let asked = 0;
  const stop = mapping.askThrough(async () => {
    asked++;
    throw new Error('closed');
  });
  expect(await mapping.getLIDForPN('15550001@s.whatsapp.net')).toBeNull();
  stop();
  expect(await mapping.getLIDForPN('15550002@s.whatsapp.net')).toBeNull();
  expect(asked).toBe(1);
});
