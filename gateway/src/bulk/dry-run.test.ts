import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { type Given, SendingService } from '../outbox/testing/sending-service.ts';
import { createBulks } from './bulks.ts';
import { registerBulkRoutes } from './routes.ts';

const MINUTE_MS = 60_000;
const URL = '/sessions/shop/bulk';

let clock: VirtualClock;
let service: SendingService;

beforeEach(async () => {
  clock = new VirtualClock();
  service = await SendingService.with(['shop'], clock, bulksOf);
});

afterEach(() => service.dispose());

function bulksOf(given: Given) {
  const { storage, sessions } = given;
  const { bulks: store, pacing } = storage;
  const bulks = createBulks({ ...given, store, pacing });
  return {
    register: (app: SendingService['app']) =>
      registerBulkRoutes(app, {
        bulks,
        session: (...of) => sessions.resolve(...of).record,
        sessions,
      }),
    start: () => bulks.start(),
    stop: () => bulks.stop(),
  };
}

const people = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => `551190000${String(from + n).padStart(4, '0')}`);

/** Sends at full speed; resolves when all of it is on the wire. */
async function send(recipients: readonly string[], text: string): Promise<void> {
  const wire = () => service.connections.get('shop')?.wire.length ?? 0;
  const before = wire();
  await service.call('PUT', '/sessions/shop/pacing', { preset: 'off' });
  expect((await service.call('POST', URL, { recipients, text })).status).toBe(202);
  await expect.poll(wire).toBe(before + recipients.length);
}

async function forecast(recipients: readonly string[]) {
  await service.call('PUT', '/sessions/shop/pacing', { preset: 'gentle' });
  const text = 'Closed';
  const { body } = await service.call('POST', URL, { recipients, text, dryRun: true });
  return {
    ...body.forecast,
    lastMs: Date.parse(body.forecast.lastAt) - clock.now(),
    reasons: body.forecast.heldBy.map((held: { reason: string }) => held.reason),
  };
}

describe('a dry run', () => {
  it('begins no chat anew that was written to within a day', async () => {
    await send(people(0, 12), 'We have moved to the market');
    await send(people(0, 12), 'The new shop is open as of now');
    await clock.advance(7 * MINUTE_MS);
    const known = await forecast(people(0, 10));
    expect(known).toMatchObject({ toNewPeople: 0 });
    expect(known.reasons).not.toContain('cold_pause');
    expect(known.lastMs).toBeLessThan(MINUTE_MS);
    expect(await forecast(people(8, 8))).toMatchObject({ toNewPeople: 4 });
    await clock.advance(24 * 60 * MINUTE_MS);
    expect(await forecast(people(0, 4))).toMatchObject({ toNewPeople: 4 });
  });

  it('counts the time since the connection opened, and a reconnect where there is none', async () => {
    await send(people(0, 1), 'We have moved to the market');
    await clock.advance(6 * MINUTE_MS);
    expect((await forecast(people(0, 1))).reasons).not.toContain('recovering');
    service.connections.delete('shop');
    expect((await forecast(people(0, 1))).reasons).toEqual(['recovering']);
  });
});
