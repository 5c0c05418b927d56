import { type AccountHandle, createSimulator, type Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayProcess } from '../support/gateway-process.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** What a bot can do to messages by their ids when its key is bound to one chat. */
describe('a key that is bound to a chat', () => {
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let webhooks: WebhookReceiver;
  let shop: AccountHandle;
  let john: AccountHandle;
  let ana: AccountHandle;
  let key: string;

  beforeAll(async () => {
    simulator = await createSimulator({ seed: 47 });
    shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
    ana = simulator.accounts.create({ phone: '5511777777777', name: 'Ana' });
    webhooks = await createWebhookReceiver();
    gateway = await GatewayProcess.prepare(simulator, { WEBHOOK_URL: `${webhooks.url}/in` });
    await gateway.start();
    const { body } = await gateway.call('POST', '/sessions/shop/start');
    await shop.phone.scan(String(body['qr']));
    await gateway.waitForStatus('shop', 'open');
    key = await keyFor(john.number);
  });

  afterAll(async () => {
    await gateway.dispose();
    await webhooks.close();
    await simulator.close();
  });

  async function keyFor(chat: string): Promise<string> {
    const made = await gateway.call('POST', '/keys', { name: 'bot', scopes: ['*'], chats: [chat] });
    return String(made.body['key']);
  }

  /** Calls with the bound key; answers the status and the code of what was refused. */
  async function act(method: string, path: string, body?: object, as = key) {
    const answer = await gateway.call(method, `/sessions/shop${path}`, body, {
      authorization: `Bearer ${as}`,
    });
    return answer.status < 300 ? answer.status : [answer.status, answer.body['code']];
  }

  async function heard(from: AccountHandle, content: Parameters<typeof from.phone.send>[1]) {
    const { id } = await from.phone.send(shop.jid, content);
    await webhooks.waitFor(({ body }) => body.data['messageId'] === id);
    return id;
  }

  const operations = (id: string): [string, string, object?][] => [
    ['GET', `/messages/${id}`],
    ['POST', `/messages/${id}/read`],
    ['POST', `/messages/${id}/star`],
    ['DELETE', `/messages/${id}/star`],
    ['POST', `/messages/${id}/reaction`, { emoji: '+' }],
    ['DELETE', `/messages/${id}/reaction`],
    ['POST', `/messages/${id}/pin`, {}],
    ['DELETE', `/messages/${id}/pin`],
    ['POST', `/messages/${id}/forward`, { to: john.number }],
    ['POST', `/messages/${id}/delete-for-me`],
  ];

  const nothing = [404, 'message_not_found'];

  it('works on the messages of that chat, and finds no others', async () => {
    const own = await heard(john, 'mine');
    const other = await heard(ana, 'not yours');
    for (const [method, path, body] of operations(other)) {
      expect([path, await act(method, path, body)]).toEqual([path, nothing]);
    }
    for (const [method, path, body] of operations(own)) {
      expect([path, await act(method, path, body)]).toEqual([path, 200]);
    }
  });

  it('forwards a message of that chat to no other', async () => {
    const own = await heard(john, 'stays here');
    const elsewhere = await act('POST', `/messages/${own}/forward`, { to: ana.number });
    expect(elsewhere).toEqual([403, 'chat_not_allowed']);
  });

  it('does not tell a message of another chat from one that does not exist', async () => {
    const other = await heard(ana, 'secret');
    const words = async (id: string) => {
      const headers = { authorization: `Bearer ${key}` };
      const { body } = await gateway.call(
        'GET',
        `/sessions/shop/messages/${id}`,
        undefined,
        headers,
      );
      return String(body['detail']).replace(id, 'ID');
    };
    expect(await words(other)).toBe(await words('NOSUCHMESSAGE'));
  });

  it('fetches the media of that chat only', async () => {
    const picture = { type: 'image', media: { bytes: Buffer.from('a picture') } } as const;
    const own = await heard(john, picture);
    const other = await heard(ana, picture);
    expect(await act('POST', `/messages/${own}/media`)).toBe(200);
    expect(await act('POST', `/messages/${other}/media`)).toEqual(nothing);
    expect(await act('GET', `/messages/${other}/media`)).toEqual(nothing);
  });

  it('follows what it sent, and cancels what waits', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const queued = async (to: string, as?: string) => {
      const content = { to, text: 'later', sendAt: soon };
      const headers = as ? { authorization: `Bearer ${as}` } : {};
      const { body } = await gateway.call('POST', '/sessions/shop/send?wait=0', content, headers);
      return String(body['messageId']);
    };
    const other = await queued(ana.number);
    const own = await queued(john.number, key);
    expect(await act('GET', `/outbox/${own}`)).toBe(200);
    expect(await act('GET', `/outbox/${other}`)).toEqual(nothing);
    expect(await act('DELETE', `/outbox/${other}`)).toEqual(nothing);
    expect(await act('DELETE', `/messages/${other}`)).toEqual(nothing);
    expect(await act('DELETE', `/outbox/${own}`)).toBe(200);
    const again = await queued(john.number, key);
    expect(await act('DELETE', `/messages/${again}`)).toBe(200);
  });

  it('may be bound to the LID of somebody whose chat is kept under the number', async () => {
    const own = await heard(john, 'by another name');
    expect(await act('GET', `/messages/${own}`, undefined, await keyFor(john.lid))).toBe(200);
  });
});
