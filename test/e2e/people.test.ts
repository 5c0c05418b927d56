import type { AccountHandle, Simulator } from '@whatsapp-gateway/simulator';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { fetchFile, type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';
import { redPng } from '../support/pictures.ts';

/** What people show of themselves, and what the number shows of itself, over HTTP. */
describe('people', () => {
  let world: PairedGateway;
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let john: AccountHandle;

  beforeAll(async () => {
    world = await startPairedGateway();
    ({ simulator, gateway, shop } = world);
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John' });
  });
  afterAll(() => world.close());

  const base = '/sessions/shop';
  const person = (account: AccountHandle) => ({
    chatId: account.jid,
    phone: account.number,
    lid: account.lid,
  });

  async function ok(method: string, path: string, body?: unknown) {
    const answer = await gateway.call(method, base + path, body);
    expect([answer.status, answer.body]).toMatchObject([200, {}]);
    return answer.body;
  }

  it('say something about themselves, unless they hide it', async () => {
    john.setAbout('Busy');
    const seen = await ok('GET', `/contacts/${encodeURIComponent('+55 11 88888-8888')}`);
    expect(seen).toMatchObject({ ...person(john), about: 'Busy', aboutSetAt: expect.any(String) });
    john.setPrivacy('status', 'none');
    expect(await ok('GET', `/contacts/${john.lid}`)).toMatchObject({ about: null });
    john.setPrivacy('status', 'all');
  });

  it('have a picture, unless they hide it', async () => {
    const path = `${base}/contacts/${john.number}/picture`;
    const code = async () => (await gateway.call('GET', path)).body['code'];
    expect(await code()).toBe('picture_not_found');
    const jpeg = await sharp(await redPng())
      .jpeg()
      .toBuffer();
    john.setPicture(jpeg);
    const { status, headers, bytes } = await fetchFile(gateway, path);
    expect([status, headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(bytes).toEqual(jpeg);
    john.setPrivacy('profile', 'none');
    expect(await code()).toBe('hidden_by_privacy');
    john.setPrivacy('profile', 'all');
    john.setPicture(Buffer.from('<svg onload="alert(1)"/>'));
    expect(await code()).toBe('media_damaged');
  });

  it('are blocked and unblocked', async () => {
    expect(await ok('GET', '/contacts/blocked')).toEqual({ items: [] });
    for (let i = 0; i < 2; i++) {
      expect(await ok('POST', `/contacts/${john.number}/block`)).toEqual(person(john));
    }
    expect(shop.account.blocked.has(john.account.lid)).toBe(true);
    expect(await ok('GET', '/contacts/blocked')).toEqual({ items: [person(john)] });
    await ok('POST', `/contacts/${john.lid}/unblock`);
    expect(await ok('GET', '/contacts/blocked')).toEqual({ items: [] });
  });

  it('are followed, and see the number come and go', async () => {
    expect([john.isFollowedBy(shop), shop.isOnline]).toEqual([false, false]);
    await ok('POST', `/contacts/${john.number}/presence/subscribe`);
    await expect.poll(() => john.isFollowedBy(shop)).toBe(true);
    await ok('PUT', '/presence', { available: true });
    await expect.poll(() => shop.isOnline).toBe(true);
    await ok('PUT', '/presence', { available: false });
    await expect.poll(() => shop.isOnline).toBe(false);
  });

  it('see what the number says about itself', async () => {
    await ok('PATCH', '/profile', { name: ' The better shop ' });
    expect(shop.name).toBe('The better shop');
    await expect.poll(async () => (await ok('GET', '/profile'))['name']).toBe('The better shop');
    await ok('POST', '/send', { to: john.number, text: 'hello' });
    const { pushName } = await john.phone.waitForMessage(({ text }) => text === 'hello');
    expect(pushName).toBe('The better shop');
    const { body: status } = await gateway.call('GET', '/sessions/shop/status');
    expect(status['pushName']).toBe('The better shop');
    await ok('PUT', '/profile/about', { about: ' Open from 9 to 5 ' });
    expect(shop.account.about.text).toBe('Open from 9 to 5');
    expect(await ok('GET', '/profile')).toMatchObject({
      ...person(shop),
      about: 'Open from 9 to 5',
    });
    const url = `data:image/png;base64,${(await redPng()).toString('base64')}`;
    await ok('PUT', '/profile/picture', { url });
    const set = await sharp(shop.account.picture?.image).metadata();
    expect(set).toMatchObject({ format: 'jpeg', width: 640, height: 640 });
    await ok('DELETE', '/profile/picture');
    expect(shop.account.picture).toBeNull();
  });

  it('and what is wrong is said', async () => {
    const table: [string, string, unknown, number, string][] = [
      ['GET', '/contacts/Ana', undefined, 400, 'invalid_recipient'],
      ['GET', '/contacts/120363041234567890@g.us', undefined, 400, 'invalid_recipient'],
      ['GET', '/contacts/4915112345678', undefined, 422, 'recipient_not_found'],
      ['GET', '/contacts/4915112345678/picture', undefined, 422, 'recipient_not_found'],
      ['POST', '/contacts/4915112345678/block', undefined, 422, 'recipient_not_found'],
      ['POST', '/contacts/status@broadcast/block', undefined, 400, 'invalid_recipient'],
      ['POST', '/contacts/Ana/presence/subscribe', undefined, 400, 'invalid_recipient'],
      ['PUT', '/presence', {}, 400, 'missing_field'],
      ['PUT', '/presence', { available: 'yes' }, 400, 'wrong_type'],
      ['PUT', '/profile/about', { about: ' ' }, 400, 'empty_text'],
      ['PUT', '/profile/about', { about: 'x'.repeat(140) }, 400, 'text_too_long'],
      ['PUT', '/profile/about', { text: 'x' }, 400, 'missing_field'],
      ['PATCH', '/profile', {}, 400, 'missing_field'],
      ['PATCH', '/profile', { name: ' ' }, 400, 'empty_text'],
      ['PATCH', '/profile', { name: 'x'.repeat(26) }, 400, 'text_too_long'],
      ['PUT', '/profile/picture', {}, 400, 'missing_field'],
      ['PUT', '/profile/picture', { base64: 'AAAA' }, 422, 'media_wrong_type'],
    ];
    const found = [];
    for (const [method, path, body] of table) {
      const answer = await gateway.call(method, base + path, body);
      found.push([method, path, body, answer.status, answer.body['code']]);
    }
    expect(found).toEqual(table);
    const named = await gateway.call('GET', `${base}/contacts/Ana`);
    expect(named.body['errors']).toMatchObject([{ field: '/chatId' }]);
    simulator.violations.assertNone();
    await gateway.call('POST', '/sessions/shop/stop');
    const away = await gateway.call('GET', `${base}/contacts/blocked`);
    expect([away.status, away.body['code']]).toEqual([503, 'whatsapp_unreachable']);
  });
});
