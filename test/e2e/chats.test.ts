import { type AccountHandle, appStateChanges, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';

/** How chats are listed, as the number's own phone sees it. */
describe('a chat', () => {
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

  const act = (method: string, path: string, body?: object) =>
    gateway.call(method, `/sessions/shop/chats/${path}`, body);

  /** The phone's setting about something; undefined: there is none. */
  const setting = (...index: string[]) =>
    (['regular_low', 'regular_high'] as const)
      .flatMap((collection) => shop.phone.appState.entries(collection))
      .find((entry) => JSON.stringify(entry.index) === JSON.stringify(index))?.value;

  async function heard(to: string) {
    const { id } = await john.phone.send(to, 'hello');
    await expect
      .poll(async () => (await gateway.call('GET', `/sessions/shop/messages/${id}`)).status)
      .toBe(200);
    return id;
  }

  type Data = Readonly<Record<string, unknown>>;

  async function listed(query = ''): Promise<Data[]> {
    const { body } = await gateway.call('GET', `/sessions/shop/chats${query}`);
    return body['items'] as Data[];
  }
  const chatOf = async (chatId: string) =>
    (await listed()).find((chat) => chat['chatId'] === chatId);
  const shows = (chatId: string, settings: Data) =>
    expect.poll(() => chatOf(chatId)).toMatchObject(settings);

  it('is archived, pinned, muted and marked as unread, and none of it any more', async () => {
    const messageId = await heard(shop.jid);
    const upTo = { messages: [{ key: { id: messageId, remoteJid: john.jid, fromMe: false } }] };
    const until = new Date('2100-01-01T08:00:00Z');
    const on = { archived: true, pinned: true, mutedUntil: until.toISOString(), unread: true };
    expect((await act('PATCH', john.number, on)).body).toEqual({ success: true });
    expect(setting('archive', john.jid)).toMatchObject({
      archiveChatAction: { archived: true, messageRange: upTo },
    });
    expect(setting('pin_v1', john.jid)).toMatchObject({ pinAction: { pinned: true } });
    expect(Number(setting('mute', john.jid)?.muteAction?.muteEndTimestamp)).toBe(until.getTime());
    expect(await chatOf(john.jid)).toMatchObject({ ...on, name: 'John' });
    expect(setting('markChatAsRead', john.jid)).toMatchObject({
      markChatAsReadAction: { read: false, messageRange: upTo },
    });
    const off = { archived: false, pinned: false, mutedUntil: null, unread: false };
    expect((await act('PATCH', john.lid, off)).status).toBe(200);
    expect(setting('archive', john.jid)).toMatchObject({ archiveChatAction: { archived: false } });
    expect(setting('pin_v1', john.jid)).toMatchObject({ pinAction: { pinned: false } });
    expect(setting('mute', john.jid)).toMatchObject({ muteAction: { muted: false } });
    expect(setting('markChatAsRead', john.jid)).toMatchObject({
      markChatAsReadAction: { read: true },
    });
    expect(await chatOf(john.jid)).toMatchObject(off);
  });

  it('shows what its owner set on the phone', async () => {
    await heard(shop.jid);
    const nowMs = Date.now();
    const until = new Date('2100-01-01T08:00:00Z');
    shop.changeSetting(appStateChanges.archive(john.jid, true, nowMs));
    shop.changeSetting(appStateChanges.mute(john.jid, until.getTime(), nowMs));
    await shows(john.jid, { archived: true, mutedUntil: until.toISOString(), pinned: false });
    shop.changeSetting(appStateChanges.pin(john.jid, true, nowMs));
    shop.changeSetting(appStateChanges.markRead(john.jid, false, nowMs));
    await shows(john.jid, { pinned: true, unread: true });
    const ids = async (query: string) => (await listed(query)).map((chat) => chat['chatId']);
    expect(await ids('?archived=true')).toEqual([john.jid]);
    expect(await ids('?archived=false')).not.toContain(john.jid);
    shop.changeSetting(appStateChanges.archive(john.jid, false, nowMs));
    shop.changeSetting(appStateChanges.mute(john.jid, null, nowMs));
    await shows(john.jid, { archived: false, mutedUntil: null });
    await act('POST', `${john.number}/read`);
    await shows(john.jid, { unread: false });
  });

  it('is changed without messages too, and one thing at a time', async () => {
    const ana = simulator.accounts.create({ phone: '5511777777777', name: 'Ana' });
    expect((await act('PATCH', ana.number, { mutedUntil: 'forever' })).status).toBe(200);
    expect(Number(setting('mute', ana.jid)?.muteAction?.muteEndTimestamp)).toBe(-1);
    expect((await act('PATCH', ana.number, { archived: true })).status).toBe(200);
    expect(setting('archive', ana.jid)).toBeDefined();
    expect(setting('pin_v1', ana.jid)).toBeUndefined();
  });

  it('is cleared and taken away on the phone, also a group, and stays in the history', async () => {
    const group = simulator.groups.create(shop, 'Team', [john]);
    const participant = group.addressing === 'lid' ? john.lid : john.jid;
    const messageId = await heard(group.jid);
    await shows(group.jid, { name: 'Team', isGroup: true });
    const upTo = {
      messages: [{ key: { id: messageId, remoteJid: group.jid, fromMe: false, participant } }],
    };
    expect((await act('POST', `${group.jid}/clear`)).body).toEqual({ success: true });
    expect(setting('clearChat', group.jid, '1', '0')).toMatchObject({
      clearChatAction: { messageRange: upTo },
    });
    expect((await act('DELETE', group.jid)).body).toEqual({ success: true });
    expect(setting('deleteChat', group.jid, '1')).toMatchObject({
      deleteChatAction: { messageRange: upTo },
    });
    const kept = await gateway.call('GET', `/sessions/shop/messages/${messageId}`);
    expect(kept.body).toMatchObject({ text: 'hello', chatId: group.jid });
  });

  it('is gone as often as it is taken away', async () => {
    const group = simulator.groups.create(shop, 'Quiet', [john]);
    const foreign = simulator.groups.create(john, 'Not for the shop', []);
    const isGone = async (chat: string) =>
      expect(await act('DELETE', chat)).toMatchObject({ status: 200, body: { success: true } });
    for (const chat of [group.jid, foreign.jid, '4915112345678']) await isGone(chat);
    await gateway.call('POST', `/sessions/shop/groups/${group.jid}/leave`);
    for (const chat of [group.jid, group.jid, foreign.jid]) await isGone(chat);
    expect(setting('deleteChat', group.jid, '1')).toBeDefined();
    expect(setting('deleteChat', foreign.jid, '1')).toBeUndefined();
    simulator.violations.assertNone();
  });

  it('and what is wrong is said', async () => {
    const foreign = simulator.groups.create(john, 'Without the shop', []);
    const table: [string, string, object | undefined, number, string][] = [
      ['PATCH', john.number, {}, 400, 'invalid_request'],
      ['PATCH', john.number, { muted: true }, 400, 'unknown_field'],
      ['PATCH', john.number, { archived: 'yes' }, 400, 'wrong_type'],
      ['PATCH', john.number, { mutedUntil: '2020-01-01T00:00:00Z' }, 400, 'invalid_request'],
      ['PATCH', john.number, { mutedUntil: 'tomorrow' }, 400, 'invalid_request'],
      ['PATCH', '4915112345678', { pinned: true }, 404, 'chat_not_found'],
      ['POST', '4915112345678/clear', undefined, 404, 'chat_not_found'],
      ['POST', '4915112345678/read', undefined, 404, 'chat_not_found'],
      ['POST', '4915112345678/typing', undefined, 404, 'chat_not_found'],
      ['PATCH', '120363041234567890@g.us', { pinned: true }, 404, 'chat_not_found'],
      ['POST', `${foreign.jid}/clear`, undefined, 404, 'chat_not_found'],
      ['PATCH', 'nobody', { pinned: true }, 400, 'invalid_recipient'],
      ['PATCH', 'status@broadcast', { pinned: true }, 400, 'invalid_recipient'],
      ['POST', '120363041234567890@newsletter/clear', undefined, 400, 'invalid_recipient'],
      ['DELETE', 'nobody', undefined, 400, 'invalid_recipient'],
    ];
    const found = [];
    for (const [method, path, body] of table) {
      const answer = await act(method, path, body);
      found.push([method, path, body, answer.status, answer.body['code']]);
    }
    expect(found).toEqual(table);
    expect(await chatOf('4915112345678@s.whatsapp.net')).toBeUndefined();
    simulator.violations.assertNone();
    await gateway.call('POST', '/sessions/shop/stop');
    const away = await act('PATCH', john.number, { pinned: true });
    expect([away.status, away.body['code']]).toEqual([503, 'whatsapp_unreachable']);
    const unknown = await act('PATCH', '4915187654321', { pinned: true });
    expect([unknown.status, unknown.body['code']]).toEqual([503, 'whatsapp_unreachable']);
  });
});
