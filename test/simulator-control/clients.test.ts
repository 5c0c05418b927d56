import { describe, expect, it } from 'vitest';
import { withControl } from './support.ts';

describe('clients and the control API', () => {
  const { world, call } = withControl();

  it('scans a raw QR text with the account that has the push name, made on the spot', async () => {
    const client = world.client().start();
    const answer = await call('POST', '/admin/mock-phone/scan-qr', await client.qr());
    expect(answer).toMatchObject({ status: 200, body: { success: true } });
    await client.open();
    expect(client.jid).toContain(`${String(answer.body['number'])}:`);
    const again = await call('POST', '/admin/mock-phone/scan-qr', { qr: 'nonsense' });
    expect(again).toMatchObject({ status: 400, body: { code: 'not_a_qr' } });
  });

  it("takes a gateway's webhook as announcement, and links whom is picked", async () => {
    const { number } = world.simulator.accounts.create({ name: 'The shop' });
    const client = world.client().start();
    const qr = await client.qr();
    const waiting = await call('GET', '/api/pairing/wait');
    expect(waiting.body).toMatchObject({ scannable: false });
    const ref = String(waiting.body['ref']);
    const early = await call('POST', `/api/accounts/${number}/scan`, { ref });
    expect(early.body['code']).toBe('client_not_found');
    const event = { event: 'connection.qr', sessionId: 'support', data: { qr } };
    const known = await call('POST', '/api/pairing/qr', event);
    expect(known.body['client']).toMatchObject({ ref, label: 'support', scannable: true });
    const other = await call('POST', '/api/pairing/qr', { event: 'connection.open', data: {} });
    expect(other).toMatchObject({ status: 200, body: { client: null } });

    const linked = await call('POST', `/api/accounts/${number}/scan`, { ref });
    expect(linked.body['device']).toBe(1);
    await client.open();
    const online = await call('GET', `/api/accounts/${number}/devices/wait`);
    expect(online.body).toMatchObject({ id: 1, online: true });
    expect((await call('GET', '/api/pairing')).body['waiting']).toEqual([]);
  });

  it('counts what a client confirmed, and unlinks it', async () => {
    const shop = world.simulator.accounts.create();
    const john = world.simulator.accounts.create();
    const { client, device } = await world.linked(shop);
    const sent = await call('POST', `/api/accounts/${john.number}/messages`, {
      to: shop.number,
      text: 'Hello',
    });
    const id = String(sent.body['id']);
    await client.text('Hello');
    await call('GET', `/api/ledger/wait?event=confirmed&tag=message&id=${id}`);
    const count = await call('GET', `/api/ledger/count?tag=message&id=${id}&event=confirmed`);
    expect(count.body).toMatchObject({ count: 1, uniqueIds: 1 });
    expect((await call('GET', '/api/violations')).body['violations']).toEqual([]);
    const path = `/api/accounts/${shop.number}/devices/${device.id}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect(await client.closed()).toBe(401);
    expect((await call('DELETE', path)).body['code']).toBe('device_not_found');
  });

  it('streams what happens', async () => {
    const john = world.simulator.accounts.create({ name: 'John Doe' });
    const shop = world.simulator.accounts.create();
    const stop = new AbortController();
    const url = `${world.simulator.controlUrl}/api/events?account=${shop.number}&events=message`;
    const response = await fetch(url, { signal: stop.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await john.phone.send(shop.jid, 'Hello');
    let text = '';
    const reader = response.body?.getReader();
    while (reader && !text.includes('event: message.received')) {
      text += Buffer.from((await reader.read()).value ?? []).toString();
    }
    stop.abort();
    expect(text).toContain('"text":"Hello"');
    // Of the other phone nothing was asked for.
    expect(text).not.toContain('event: message.sent');
  });
});
