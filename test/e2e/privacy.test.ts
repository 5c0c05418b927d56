import type { AccountHandle } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';

/** What a number lets others see and do, over HTTP. */
describe('privacy', () => {
  let world: PairedGateway;
  let john: AccountHandle;

  beforeAll(async () => {
    world = await startPairedGateway();
    john = world.simulator.accounts.create({ phone: '5511888888888', name: 'John' });
  });
  afterAll(() => world.close());

  const path = '/sessions/shop/profile/privacy';

  async function ask(method: string, body?: unknown) {
    const { status, body: answer } = await world.gateway.call(method, path, body);
    expect([status, answer]).toMatchObject([200, {}]);
    return answer;
  }

  const defaults = {
    lastSeen: 'all',
    online: 'all',
    picture: 'all',
    about: 'all',
    readReceipts: 'all',
    groupAdd: 'all',
    callAdd: 'all',
    messages: 'all',
    ephemeralSeconds: 0,
  };
  const strict = {
    lastSeen: 'none',
    online: 'match_last_seen',
    picture: 'contacts',
    about: 'contact_blacklist',
    readReceipts: 'none',
    groupAdd: 'contacts',
    callAdd: 'known',
    messages: 'contacts',
    ephemeralSeconds: 604_800,
  };

  it('is told, and changed setting by setting', async () => {
    expect(await ask('GET')).toEqual(defaults);
    expect(await ask('PATCH', { lastSeen: 'contacts' })).toEqual({
      ...defaults,
      lastSeen: 'contacts',
    });
    expect(await ask('PATCH', strict)).toEqual(strict);
    expect(await ask('GET')).toEqual(strict);
    const { privacy, disappearing } = world.shop.account;
    expect(Object.fromEntries(privacy)).toEqual({
      last: 'none',
      online: 'match_last_seen',
      profile: 'contacts',
      status: 'contact_blacklist',
      readreceipts: 'none',
      groupadd: 'contacts',
      calladd: 'known',
      messages: 'contacts',
    });
    expect(disappearing.durationS).toBe(604_800);
    expect(await ask('PATCH', defaults)).toEqual(defaults);
  });

  it('decides at once whether authors see that the number reads', async () => {
    for (const [readReceipts, type] of [
      ['none', 'read-self'],
      ['all', 'read'],
    ] as const) {
      await ask('PATCH', { readReceipts });
      const { id } = await john.phone.send(world.shop.jid, 'Are you there?');
      const message = `/sessions/shop/messages/${id}`;
      const isStored = async () => (await world.gateway.call('GET', message)).status;
      await expect.poll(isStored).toBe(200);
      expect((await world.gateway.call('POST', `${message}/read`)).status).toBe(200);
      await world.simulator.ledger.waitFor({ tag: 'receipt', id, type, event: 'accepted' });
    }
  });

  it('and what is wrong is said', async () => {
    const table: [unknown, number, string][] = [
      [{}, 400, 'invalid_request'],
      [{ lastSeen: 'nobody' }, 400, 'invalid_request'],
      [{ online: 'none' }, 400, 'invalid_request'],
      [{ ephemeralSeconds: 60 }, 400, 'invalid_request'],
      [{ readReceipts: true }, 400, 'invalid_request'],
      [{ birthday: 'all' }, 400, 'unknown_field'],
    ];
    const found = [];
    for (const [body] of table) {
      const answer = await world.gateway.call('PATCH', path, body);
      found.push([body, answer.status, answer.body['code']]);
    }
    expect(found).toEqual(table);
    world.simulator.violations.assertNone();
    await world.gateway.call('POST', '/sessions/shop/stop');
    const away = await world.gateway.call('GET', path);
    expect([away.status, away.body['code']]).toEqual([503, 'whatsapp_unreachable']);
  });
});
