import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';

/** Somebody writes whose number WhatsApp does not tell; later it does. */
describe('a person who was known by LID first', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let ann: AccountHandle;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 29 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    ann = simulator.accounts.create({ phone: '5511888888888', name: 'Ann' });
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

  type Data = Readonly<Record<string, unknown>>;

  const items = async (path: string) =>
    (await gateway.call('GET', `/sessions/shop/${path}`)).body['items'] as Data[];
  const texts = async (chat: string) =>
    (await items(`chats/${encodeURIComponent(chat)}/messages`)).map(({ text }) => text);
  const events = async (name: string) => {
    const { body } = await gateway.call('GET', `/events?event=${name}&limit=200`);
    return (body['events'] as { data: Data }[]).map(({ data }) => data);
  };
  const received = (text: string) =>
    expect
      .poll(async () => (await events('message.received')).find((data) => data['text'] === text))
      .toBeDefined();

  it('is answered by LID, becomes known once, and is one chat from then on', async () => {
    simulator.faults.add({ kind: 'hide-other-address' });
    await ann.phone.send(shop.lid, 'who am I?');
    await received('who am I?');
    expect(await events('message.received')).toMatchObject([{ chatId: ann.lid, phone: null }]);
    await gateway.call('POST', '/sessions/shop/send', { to: ann.lid, text: 'tell me' });
    const answer = await ann.phone.waitForMessage(({ text }) => text === 'tell me');
    expect(answer.wireChat).toContain('@lid');
    expect(await events('contact.identity_resolved')).toEqual([]);

    const mappings = [{ phone: ann.number, lid: ann.lid.replace('@lid', '') }];
    await shop.phone.tellDevices({ type: 'lid-mappings', mappings });
    await expect
      .poll(() => events('contact.identity_resolved'))
      .toEqual([{ chatId: ann.jid, phone: ann.number, lid: ann.lid }]);
    simulator.faults.clear();
    await ann.phone.send(shop.jid, 'it is me');
    await received('it is me');
    await ann.phone.send(shop.lid, 'under both names');
    await received('under both names');

    expect(await items('chats')).toMatchObject([{ chatId: ann.jid, phone: ann.number }]);
    const conversation = ['under both names', 'it is me', 'tell me', 'who am I?'];
    expect(await texts(ann.jid)).toEqual(conversation);
    expect(await texts(ann.lid)).toEqual(conversation);
    for (const to of [ann.lid, ann.number]) {
      await gateway.call('POST', '/sessions/shop/send', { to, text: `hello ${to}` });
      await ann.phone.waitForMessage(({ text }) => text === `hello ${to}`);
    }
    expect(await items('chats')).toHaveLength(1);
    expect(await events('contact.identity_resolved')).toHaveLength(1);
    simulator.violations.assertNone();
  });
});
