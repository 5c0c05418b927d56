import { createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';

const PASSPHRASE = 'correct horse battery';

/** One session, two gateways: the second takes over where the first stopped. */
describe('a session that moves', () => {
  let simulator: Simulator;
  let old: GatewayProcess;
  let next: GatewayProcess;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 51 });
    old = await GatewayProcess.prepare(simulator);
    next = await GatewayProcess.prepare(simulator, { DATA_KEY: 'ab'.repeat(32) });
    await Promise.all([old.start(), next.start()]);
  });

  afterAll(async () => {
    await Promise.all([old.dispose(), next.dispose()]);
    await simulator.close();
  });

  async function exportFile(passphrase: string, id = 'shop') {
    const response = await fetch(`${old.url}/sessions/${id}/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ passphrase }),
    });
    return { status: response.status, file: Buffer.from(await response.arrayBuffer()) };
  }

  async function importFile(id: string, file: Uint8Array, passphrase: string) {
    const form = new FormData();
    form.set('passphrase', passphrase);
    form.set('file', new Blob([Uint8Array.from(file)]), 'shop.wasession');
    const response = await fetch(`${next.url}/sessions/${id}/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
      body: form,
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('opens there without a QR code, goes on with its contacts, and keeps its device', async () => {
    const shop = simulator.accounts.create({ name: 'Shop' });
    const ann = simulator.accounts.create({ name: 'Ann' });
    const { body } = await old.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await old.waitForStatus('shop', 'open');
    await old.call('POST', '/sessions/shop/send', { to: ann.number, text: 'from the old one' });
    await ann.phone.waitForMessage(({ text }) => text === 'from the old one');

    expect((await exportFile(PASSPHRASE)).status).toBe(409);
    await old.call('POST', '/sessions/shop/stop');
    expect((await exportFile('short')).status).toBe(400);
    const { status, file } = await exportFile(PASSPHRASE);
    expect(status).toBe(200);
    expect(file.subarray(0, 7).toString()).toBe('WAGSESS');
    expect(file.includes(shop.number)).toBe(false);

    const wrong = await importFile('shop', file, 'another passphrase');
    expect(wrong).toMatchObject({ status: 422, body: { code: 'passphrase_wrong' } });
    const other = await importFile('shop', Buffer.from('a photo'), PASSPHRASE);
    expect(other).toMatchObject({ status: 422, body: { code: 'import_unreadable' } });
    expect((await next.call('GET', '/sessions')).body).toEqual([]);

    const imported = await importFile('shop', file, PASSPHRASE);
    expect(imported).toMatchObject({
      status: 201,
      body: { id: 'shop', status: 'close', reason: 'by_request', phone: shop.number },
    });
    const again = await importFile('shop', file, PASSPHRASE);
    expect(again).toMatchObject({ status: 409, body: { code: 'session_exists' } });

    await ann.phone.send(shop.jid, 'written in between');
    expect((await next.call('POST', '/sessions/shop/start')).body['qr']).toBeNull();
    await next.waitForStatus('shop', 'open');
    const sent = await next.call('POST', '/sessions/shop/send', {
      to: ann.number,
      text: 'from the new one',
    });
    await ann.phone.waitForMessage(({ id }) => id === sent.body['messageId']);
    await expect
      .poll(async () => JSON.stringify((await next.call('GET', '/events')).body))
      .toContain('written in between');
    expect(shop.devices).toHaveLength(1);
    expect(`${old.output}${next.output}`).not.toContain(PASSPHRASE);
  });

  it('takes its credentials along although WhatsApp refused them, and can be tried elsewhere', async () => {
    const cafe = simulator.accounts.create({ name: 'Café' });
    const ben = simulator.accounts.create({ name: 'Ben' });
    const { body } = await old.call('POST', '/sessions/cafe/start');
    await cafe.phone.scan(String(body['qr']));
    await old.waitForStatus('cafe', 'open');
    await old.call('POST', '/sessions/cafe/stop');
    const account = cafe.number;
    const refusal = simulator.faults.add({ kind: 'refuse-login', code: 401, account });
    await old.call('POST', '/sessions/cafe/start');
    const state = async () => (await old.call('GET', '/sessions/cafe')).body['state'];
    await expect.poll(state).toBe('logged_out');

    const { status, file } = await exportFile(PASSPHRASE, 'cafe');
    expect(status).toBe(200);
    simulator.faults.clear(refusal);
    expect((await importFile('cafe', file, PASSPHRASE)).status).toBe(201);
    expect((await next.call('POST', '/sessions/cafe/start')).body['qr']).toBeNull();
    await next.waitForStatus('cafe', 'open');
    const sent = await next.call('POST', '/sessions/cafe/send', { to: ben.number, text: 'Hello' });
    await ben.phone.waitForMessage(({ id }) => id === sent.body['messageId']);
    expect(cafe.devices).toHaveLength(1);
  });

  it('has nothing to take along before it is paired', async () => {
    await old.call('POST', '/sessions/empty/start');
    await old.call('POST', '/sessions/empty/stop');
    const { status, body } = await old.call('POST', '/sessions/empty/export', {
      passphrase: PASSPHRASE,
    });
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'nothing_to_export' });
    expect(
      (await old.call('POST', '/sessions/ghost/export', { passphrase: PASSPHRASE })).status,
    ).toBe(404);
  });
});
