import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** What can be done to a message by its id, as the other phone and the own one see it. */
describe('a message that is there', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let webhooks: WebhookReceiver;
  let shop: AccountHandle;
  let john: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 31 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    webhooks = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, { WEBHOOK_URL: `${webhooks.url}/in` });
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
  });

  afterAll(async () => {
    await gateway.dispose();
    await webhooks.close();
    await simulator.close();
  });

  const act = (method: string, path: string, body?: object) =>
    gateway.call(method, `/sessions/shop${path}`, body);

  async function heard(to: string, text: string) {
    const { id } = await john.phone.send(to, text);
    await webhooks.waitFor(({ body }) => body.data['messageId'] === id);
    return id;
  }

  const settings = (collection: 'regular_low' | 'regular_high') =>
    shop.phone.appState.entries(collection);

  it('is marked as read, alone or with its chat', async () => {
    const first = await heard(shop.jid, 'one');
    expect((await act('POST', `/messages/${first}/read`)).body).toEqual({ success: true });
    expect((await john.phone.waitForState(first, 'read')).id).toBe(first);
    const more = [await heard(shop.jid, 'two'), await heard(shop.jid, 'three')];
    const chat = await act('POST', `/chats/${john.number}/read`);
    expect(chat.body).toEqual({ success: true, read: 3 });
    for (const id of more) await john.phone.waitForState(id, 'read');
    const again = async () => (await act('POST', `/chats/${john.number}/read`)).body;
    expect(await again()).toEqual({ success: true, read: 0 });
    await gateway.end('SIGKILL');
    await gateway.start();
    await gateway.waitForStatus('shop', 'open');
    expect(await again()).toEqual({ success: true, read: 0 });
  });

  it('is starred, and deleted on the own phone only, also in a group', async () => {
    const group = simulator.groups.create(shop, 'Team', [john]);
    for (const [to, participant] of [
      [shop.jid, '0'],
      [group.jid, group.addressing === 'lid' ? john.lid : john.jid],
    ] as const) {
      const id = await heard(to, 'keep this');
      const chat = to === shop.jid ? john.jid : group.jid;
      expect((await act('POST', `/messages/${id}/star`)).status).toBe(200);
      const star = { index: ['star', chat, id, '0', participant] };
      expect(settings('regular_low')).toContainEqual(
        expect.objectContaining({
          ...star,
          value: expect.objectContaining({ starAction: { starred: true } }),
        }),
      );
      expect((await act('DELETE', `/messages/${id}/star`)).status).toBe(200);
      expect(settings('regular_low')).toContainEqual(
        expect.objectContaining({
          ...star,
          value: expect.objectContaining({ starAction: { starred: false } }),
        }),
      );
      expect((await act('POST', `/messages/${id}/delete-for-me`)).status).toBe(200);
      const deletion = { index: ['deleteMessageForMe', chat, id, '0', participant] };
      expect(settings('regular_high')).toContainEqual(expect.objectContaining(deletion));
      expect((await act('GET', `/messages/${id}`)).body).toMatchObject({ text: 'keep this' });
    }
  });

  it('is starred on top of what other devices wrote, and an error says when it is not', async () => {
    const id = await heard(shop.jid, 'first come');
    simulator.faults.add({ kind: 'settings-conflict', times: 1 });
    expect((await act('POST', `/messages/${id}/star`)).status).toBe(200);
    const starred = (isStarred: boolean) =>
      expect.objectContaining({
        index: expect.arrayContaining([id]),
        value: expect.objectContaining({ starAction: { starred: isStarred } }),
      });
    expect(settings('regular_low')).toContainEqual(starred(true));
    const fault = simulator.faults.add({ kind: 'settings-conflict' });
    const refused = await act('DELETE', `/messages/${id}/star`);
    simulator.faults.clear(fault);
    expect([refused.status, refused.body['code']]).toEqual([502, 'refused_by_whatsapp']);
    expect(settings('regular_low')).not.toContainEqual(starred(false));
  });

  it('is reacted to and pinned, and neither any more', async () => {
    const id = await heard(shop.jid, 'well?');
    for (const [method, path, body, shows] of [
      ['POST', 'reaction', { emoji: '👍' }, { reactionMessage: { text: '👍' } }],
      ['DELETE', 'reaction', undefined, { reactionMessage: { text: '' } }],
      ['POST', 'pin', { for: 'day' }, { pinInChatMessage: { type: 1 } }],
      ['DELETE', 'pin', undefined, { pinInChatMessage: { type: 2 } }],
    ] as const) {
      const { status, body: answer } = await act(method, `/messages/${id}/${path}`, body);
      expect(status).toBe(200);
      const { message } = await john.phone.waitForMessage(
        (received) => received.id === answer['messageId'],
      );
      expect(message).toMatchObject(shows);
    }
  });

  it('is announced by signs of typing', async () => {
    for (const state of ['composing', 'recording', 'paused'] as const) {
      const sign = new Promise((resolve) => john.phone.records.events.on('typing', resolve));
      expect((await act('POST', `/chats/${john.number}/typing`, { state })).status).toBe(200);
      expect(await sign).toEqual({ chat: shop.jid, sender: shop.jid, state });
    }
  });

  it('is refused when it is not there, not of others, or the session is away', async () => {
    const unknown = await act('POST', '/messages/nobody/star');
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'message_not_found']);
    const sent = await act('POST', '/send', { to: john.number, text: 'mine' });
    const own = await act('POST', `/messages/${String(sent.body['messageId'])}/read`);
    expect([own.status, own.body['code']]).toEqual([409, 'message_own']);
    const nobody = await act('POST', '/chats/nobody/typing');
    expect([nobody.status, nobody.body['code']]).toEqual([400, 'invalid_recipient']);
    const wrong = await act('POST', `/chats/${john.number}/typing`, { state: 'singing' });
    expect([wrong.status, wrong.body['code']]).toEqual([400, 'invalid_request']);
    const id = await heard(shop.jid, 'late');
    await act('POST', '/stop');
    for (const path of [`/messages/${id}/read`, `/messages/${id}/star`]) {
      const away = await act('POST', path);
      expect([away.status, away.body['code']]).toEqual([503, 'whatsapp_unreachable']);
    }
  });

  it('broke no rule of the protocol', () => {
    expect(() => simulator.violations.assertNone()).not.toThrow();
  });
});
