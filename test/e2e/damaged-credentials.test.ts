import { join } from 'node:path';
import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess, OPERATOR_KEY } from '../support/gateway-process.ts';

const PASSPHRASE = 'correct horse battery';

/** What a bad sector or a bad restore makes of an identity, and what can be saved of it. */
describe('credentials that cannot be read', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let john: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 71 });
    shop = simulator.accounts.create({ name: 'The shop' });
    john = simulator.accounts.create({ name: 'John Doe' });
    gateway = await GatewayProcess.prepare(simulator);
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
  });

  afterAll(async () => {
    await gateway.dispose();
    await simulator.close();
  });

  /** Overwrites the newest credentials, or all, while the gateway is down. */
  async function damage(which: 'newest' | 'all'): Promise<void> {
    await gateway.end('SIGTERM');
    const db = new Database(join(gateway.dataDir, 'gateway.sqlite'));
    const newest = '(SELECT max(generation) FROM credentials)';
    const rows = which === 'all' ? '' : ` WHERE generation = ${newest}`;
    db.exec(`UPDATE credentials SET data = zeroblob(length(data))${rows}`);
    db.close();
    await gateway.start();
  }

  const restore = () => gateway.call('POST', '/sessions/shop/restore-credentials');

  async function exported(): Promise<{ status: number; file: Blob }> {
    const response = await fetch(`${gateway.url}/sessions/shop/export`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ passphrase: PASSPHRASE }),
    });
    return { status: response.status, file: await response.blob() };
  }

  async function importAs(id: string, file: Blob): Promise<void> {
    const form = new FormData();
    form.set('passphrase', PASSPHRASE);
    form.set('file', file, 'shop.wasession');
    const response = await fetch(`${gateway.url}/sessions/${id}/import`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}` },
      body: form,
    });
    expect(response.status).toBe(201);
  }

  async function talk(id: string, text: string): Promise<void> {
    const sent = await gateway.call('POST', `/sessions/${id}/send`, { to: john.number, text });
    expect(sent.body).toMatchObject({ success: true });
    await john.phone.waitForMessage((message) => message.text === text);
  }

  it('are not gone back from while they are good', async () => {
    const { status, body } = await restore();
    expect({ status, code: body['code'] }).toEqual({ status: 409, code: 'nothing_to_restore' });
  });

  it('stop the session, and those from before bring it back without a QR code', async () => {
    await damage('newest');
    const { body } = await gateway.call('GET', '/sessions/shop');
    expect(body).toMatchObject({
      status: 'close',
      state: 'auth_corrupt',
      userAction: expect.stringContaining('restore-credentials'),
    });
    expect((await restore()).status).toBe(200);
    await gateway.waitForStatus('shop', 'open');
    await talk('shop', 'from the earlier credentials');
    expect(shop.devices).toHaveLength(1);
  });

  it('are exported as they were before the damage', async () => {
    await damage('newest');
    const { status, file } = await exported();
    expect(status).toBe(200);
    await importAs('moved', file);
    await gateway.call('POST', '/sessions/moved/start');
    await gateway.waitForStatus('moved', 'open');
    await talk('moved', 'from the file');
    expect(shop.devices).toHaveLength(1);
  });

  it('are lost for good when nothing of them is left, and nothing is made up', async () => {
    await damage('all');
    expect((await restore()).body['code']).toBe('nothing_to_restore');
    expect((await exported()).status).toBe(409);
    expect((await gateway.call('GET', '/sessions/shop')).body['state']).toBe('auth_corrupt');
  });
});
