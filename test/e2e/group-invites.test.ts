import type { AccountHandle, Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';

/** Invitations into a group for one person, whom their privacy keeps from being added. */
describe.each(['lid', 'pn'] as const)('invitations into groups that name members by %s', (by) => {
  let world: PairedGateway;
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let shy: AccountHandle;

  beforeAll(async () => {
    world = await startPairedGateway();
    ({ simulator, gateway, shop } = world);
    simulator.configure({ groupAddressing: by });
    shy = simulator.accounts.create({ phone: '5511666666666', name: 'Shy' });
    for (const account of [shop, shy]) account.setPrivacy('groupadd', 'none');
  });
  afterAll(() => world.close());

  const namesIn = (chatId: string) =>
    simulator.groups
      .all()
      .find(({ jid }) => jid === chatId)
      ?.members.map(({ account }) => account.name);

  const join = (messageId: unknown) =>
    gateway.call('POST', '/sessions/shop/groups/join', { messageId });

  /** The one message of that type from Shy. */
  async function received(messageId: string): Promise<Record<string, unknown>> {
    const path = `/sessions/shop/messages/${messageId}`;
    await expect.poll(async () => (await gateway.call('GET', path)).status).toBe(200);
    return (await gateway.call('GET', path)).body;
  }

  it('are sent to whom could not be added, who then comes in', async () => {
    const { body } = await gateway.call('POST', '/sessions/shop/groups', {
      subject: 'Customers',
      participants: [shy.number],
    });
    const { group, participants } = body as {
      group: { chatId: string; subject: string };
      participants: { outcome: string; invite: { code: string; expiresAt: string } }[];
    };
    const [{ outcome, invite } = { outcome: null, invite: null }] = participants;
    expect(outcome).toBe('privacy');
    const content = { group: group.chatId, name: group.subject, caption: 'Come in!', invite };
    const sent = await gateway.call('POST', '/sessions/shop/send', {
      to: shy.number,
      'group-invite': content,
    });
    expect([sent.status, sent.body]).toMatchObject([200, { status: 'sent' }]);
    const seen = await shy.phone.waitForMessage(({ id }) => id === sent.body['messageId']);
    const expiresS = Date.parse(String(invite?.expiresAt)) / 1000;
    const card = { group: group.chatId, code: invite?.code ?? '', name: 'Customers', expiresS };
    expect(seen.content).toEqual({ type: 'group-invite', ...card, caption: 'Come in!' });
    expect(await received(String(sent.body['messageId']))).toMatchObject({
      type: 'group_invite',
      text: 'Come in!',
      invite: { chatId: group.chatId, name: 'Customers', expiresAt: expiresS },
    });
    const handle = simulator.groups.all().find(({ jid }) => jid === group.chatId);
    handle?.acceptInvitation(shy, shop, card);
    expect(namesIn(group.chatId)).toEqual(['The shop', 'Shy']);
  });

  it('are accepted by the id of the message that brought them, once', async () => {
    const group = simulator.groups.create(shy, 'Friends', []);
    const [answer] = group.add(shy, shop);
    expect(answer?.outcome).toBe(403);
    const { code = '', expiresS = 0 } = answer?.invite ?? {};
    const invitation = { type: 'group-invite', group: group.jid, code, expiresS } as const;
    const forged = await shy.phone.send(shop.jid, { ...invitation, expiresS: expiresS + 60 });
    const { id } = await shy.phone.send(shop.jid, { ...invitation, name: 'Friends' });
    expect(await received(id)).toMatchObject({
      type: 'group_invite',
      text: 'Friends',
      invite: { chatId: group.jid, name: 'Friends', code, expiresAt: expiresS },
    });
    await received(forged.id);
    expect((await join(forged.id)).body).toMatchObject({ status: 404, code: 'invite_invalid' });
    const joined = await join(id);
    expect([joined.status, joined.body]).toEqual([200, { chatId: group.jid, joined: true }]);
    expect(namesIn(group.jid)).toEqual(['Shy', 'The shop']);
    expect((await join(id)).body).toMatchObject({ status: 404, code: 'invite_invalid' });
  });

  it('are told from other messages, and from none', async () => {
    const { id } = await shy.phone.send(shop.jid, 'hello');
    await received(id);
    for (const [body, status, code, field] of [
      [{ messageId: id }, 404, 'invite_invalid', '/messageId'],
      [{ messageId: 'NEVERSEEN' }, 404, 'message_not_found', '/messageId'],
      [{}, 400, 'missing_field', '/invite'],
      [{ invite: 'AAAAAAAAAAAAAAAAAAAAAA', messageId: id }, 400, 'invalid_request', '/invite'],
    ] as const) {
      const answer = await gateway.call('POST', '/sessions/shop/groups/join', body);
      expect(answer.body).toMatchObject({ status, code, errors: [{ field }] });
    }
  });

  it('broke no rule of the protocol', () => {
    expect(() => simulator.violations.assertNone()).not.toThrow();
  });
});
