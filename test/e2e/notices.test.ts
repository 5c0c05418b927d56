import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../gateway/src/events/catalogue/catalogue.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { fetchFile } from '../support/paired-gateway.ts';

/** Calls, groups, people and messages that cannot be read: all that WhatsApp tells besides messages. */
describe('what a session hears besides messages', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let john: AccountHandle;
  let ana: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 23 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    ana = simulator.accounts.create({ phone: '5511777777777', name: 'Ana' });
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

  interface Told {
    readonly event: string;
    readonly data: Record<string, unknown>;
  }

  async function told(name: string): Promise<Told[]> {
    const { body } = await gateway.call('GET', `/events?event=${name}&limit=200`);
    return body['events'] as Told[];
  }

  /** The first event of that name that fits, past or future; it is as the catalogue says. */
  async function event(name: string, fits: object): Promise<Record<string, unknown>> {
    const definition = catalogue.find((one) => one.name === name);
    let found: Told | undefined;
    await expect
      .poll(async () => {
        const events = await told(name);
        found = events.find(({ data }) => matches(data, fits));
        return found ? 'told' : events.map(({ data }) => data);
      })
      .toBe('told');
    const { data = {} } = found ?? {};
    expect(definition?.data.safeParse(data).error).toBeUndefined();
    return data;
  }

  async function history(chatId: string): Promise<Record<string, unknown>[]> {
    const path = `/sessions/shop/chats/${encodeURIComponent(chatId)}/messages`;
    return (await gateway.call('GET', path)).body['items'] as Record<string, unknown>[];
  }

  it('calls, how they end, and their place in the chat', async () => {
    const call = john.call(shop, { video: true });
    const offer = { callId: call.id, state: 'offer', isVideo: true, isGroup: false };
    expect(await event('call.received', offer)).toMatchObject({
      chatId: john.jid,
      phone: john.number,
    });
    john.endCall(call, 'missed');
    await event('call.received', { callId: call.id, state: 'timeout', isVideo: true });
    const other = ana.call(shop);
    shop.answerCall(other, 'rejected');
    await event('call.received', { callId: other.id, state: 'reject', isVideo: false });
    expect((await history(john.jid))[0]).toMatchObject({
      messageId: call.id,
      type: 'call',
      call: { state: 'timeout', isVideo: true },
    });
  });

  it('members, settings, pictures and requests of groups', async () => {
    const group = simulator.groups.create(john, 'Customers', [shop]);
    const chatId = group.jid;
    await event('group.joined', { chatId, subject: 'Customers', by: john.jid });
    group.add(john, ana);
    const added = await event('group.participants', { chatId, action: 'add' });
    expect(added).toMatchObject({ participants: [ana.jid], by: john.jid, byPhone: john.number });
    group.promote(john, shop);
    await event('group.participants', { chatId, action: 'promote', participants: [shop.jid] });
    group.change(john, {
      subject: 'Friends',
      description: 'Be nice',
      picture: new Uint8Array([1, 2, 3]),
      announce: true,
      locked: true,
      ephemeralS: 86_400,
      memberAddMode: 'all_member_add',
      approval: true,
    });
    const properties = {
      subject: 'Friends',
      description: 'Be nice',
      picture: expect.any(String) as string,
      announcement: true,
      locked: true,
      ephemeralSeconds: 86_400,
      memberAddMode: 'all_member_add',
      joinApproval: true,
    };
    for (const [name, value] of Object.entries(properties)) {
      const updated = await event('group.updated', { chatId, changed: [name] });
      expect(updated).toMatchObject({ [name]: value, by: john.jid });
    }
    group.remove(john, ana);
    await event('group.participants', { chatId, action: 'remove', participants: [ana.jid] });
    group.joinByInvite(ana);
    await event('group.join_request', { chatId, action: 'created', participants: [ana.jid] });
    group.decide(john, ana, 'reject');
    await event('group.join_request', { chatId, action: 'rejected', participants: [ana.jid] });
    const rows = await history(chatId);
    expect(rows.every(({ type }) => type === 'system')).toBe(true);
    expect(rows.map(({ system }) => (system as { event: string }).event)).toContain('group.joined');
  });

  it('pictures and status texts of people', async () => {
    await john.phone.send(shop.jid, 'hello');
    await event('message.received', { text: 'hello' });
    john.setPicture(new Uint8Array([4, 5, 6]));
    await event('contact.updated', { chatId: john.jid, changed: ['picture'] });
    john.setAbout('At work');
    expect(
      await event('contact.updated', { chatId: john.jid, changed: ['about'], about: 'At work' }),
    ).toBeDefined();
  });

  it('who is typing', async () => {
    john.showTyping(shop.jid, 'composing');
    expect(
      await event('presence.updated', { chatId: john.jid, presence: 'composing' }),
    ).toBeDefined();
  });

  it('messages that cannot be read at first', async () => {
    const { id } = await john.phone.send(shop.jid, 'damaged', { damaged: true });
    await event('message.undecryptable', { messageId: id, reason: 'undecryptable' });
    await event('message.recovered', { messageId: id, chatId: john.jid });
    const { body: session } = await gateway.call('GET', '/sessions/shop/status');
    expect(session['health']).toMatchObject({ undecryptable: 1 });
    const figures = (await fetchFile(gateway, '/metrics')).bytes.toString();
    expect(figures).toContain('gateway_session_undecryptable_total{session="default/shop"} 1');
    expect(figures).toContain('gateway_undecryptable_total{reason="undecryptable"} 1');
    await event('message.received', { messageId: id, text: 'damaged' });
    const hidden = await john.phone.send(shop.jid, 'an advertisement', {
      linkedDevicesGet: 'placeholder',
    });
    await event('message.undecryptable', { messageId: hidden.id, reason: 'placeholder' });
    await event('message.recovered', { messageId: hidden.id });
    expect(
      await event('message.received', { messageId: hidden.id, text: 'an advertisement' }),
    ).toBeDefined();
  });

  it('nothing is lost that WhatsApp was told we have, nor told twice', async () => {
    await gateway.end('SIGKILL');
    const call = john.call(shop);
    john.endCall(call);
    await gateway.start();
    await gateway.waitForStatus('shop', 'open');
    await event('call.received', { callId: call.id, state: 'offer', delayed: true });
    await event('call.received', { callId: call.id, state: 'terminate', delayed: true });
    const states = (await told('call.received')).filter(({ data }) => data['callId'] === call.id);
    expect(states.map(({ data }) => data['state'])).toEqual(['offer', 'terminate']);
  });
});

function matches(data: Record<string, unknown>, fits: object): boolean {
  return Object.entries(fits).every(
    ([name, value]) => JSON.stringify(data[name]) === JSON.stringify(value),
  );
}
