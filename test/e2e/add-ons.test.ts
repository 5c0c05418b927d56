import type { AccountHandle, Simulator } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../gateway/src/events/catalogue/catalogue.ts';
import type { GatewayProcess } from '../support/gateway-process.ts';
import { type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';

/** What phones encrypt with the secret of an earlier message, in a group and in a chat of two. */
describe('what is sealed with the secret of another message', () => {
  let world: PairedGateway;
  let simulator: Simulator;
  let gateway: GatewayProcess;
  let shop: AccountHandle;
  let john: AccountHandle;
  let group: string;

  beforeAll(async () => {
    world = await startPairedGateway();
    ({ simulator, gateway, shop } = world);
    john = simulator.accounts.create({ phone: '5511888888888', name: 'John' });
    const { body } = await gateway.call('POST', '/sessions/shop/groups', {
      subject: 'News',
      participants: [john.number],
    });
    group = (body['group'] as { chatId: string }).chatId;
  });
  afterAll(() => world.close());

  /** Sends content and waits until John has it; the key is as John's phone names it. */
  async function send(to: string, content: object) {
    const { status, body } = await gateway.call('POST', '/sessions/shop/send', { to, ...content });
    expect([status, body]).toMatchObject([200, { status: 'sent' }]);
    const {
      id,
      wireChat,
      content: seen,
    } = await john.phone.waitForMessage((message) => message.id === body['messageId']);
    const participant = to === group ? { participant: shop.lid } : {};
    return { target: { id, chat: wireChat, fromMe: false, ...participant }, seen };
  }

  /** The event about one message, which is as the catalogue says. */
  async function told(name: string, messageId: string) {
    const definition = catalogue.find((one) => one.name === name);
    let data: Record<string, unknown> | undefined;
    const find = async () => {
      const { body } = await gateway.call('GET', `/events?event=${name}&limit=200`);
      const events = body['events'] as { data: Record<string, unknown> }[];
      data = events.find(({ data }) =>
        [data['messageId'], data['changeId']].includes(messageId),
      )?.data;
      return data !== undefined;
    };
    await expect.poll(find).toBe(true);
    expect(definition?.data.safeParse(data).error).toBeUndefined();
    return data ?? {};
  }

  const life = async (id: string) =>
    (await gateway.call('GET', `/sessions/shop/messages/${id}`)).body;

  it('tells who comes to an event that was sent through the API, also after a restart', async () => {
    const event = { name: 'Party', startsAt: '2026-12-01T18:00:00Z' };
    for (const chat of [john.number, group]) {
      const { target } = await send(chat, { event });
      const answer = { type: 'event-response', event: target, answer: 'going', guests: 2 } as const;
      const first = await john.phone.send(target.chat, answer);
      expect(await told('event.response', first.id)).toMatchObject({
        text: 'going',
        phone: john.number,
        isGroup: chat === group,
        event: { messageId: target.id, fromMe: true, name: 'Party' },
        response: 'going',
        guests: 2,
      });
      const person = john.jid;
      const responses = [{ person, response: 'going', guests: 2 }];
      expect(await life(target.id)).toMatchObject({ type: 'event', responses });
      if (chat === group) {
        await gateway.end('SIGTERM');
        await gateway.start();
        await gateway.waitForStatus('shop', 'open');
      }
      const last = await john.phone.send(target.chat, {
        ...answer,
        answer: 'not-going',
        guests: 0,
      });
      await told('event.response', last.id);
      expect(await life(target.id)).toMatchObject({
        responses: [{ person, response: 'not_going', guests: 0 }],
      });
    }
  });

  it('tells sealed reactions as others, and when they are taken back', async () => {
    const { target } = await send(group, { text: 'We have news' });
    const react = (emoji: string) =>
      john.phone.send(group, { type: 'reaction', target, emoji, sealed: true });
    const { id } = await react('👍');
    expect(await told('message.reaction', id)).toMatchObject({
      phone: john.number,
      reaction: { emoji: '👍', messageId: target.id, fromMe: true },
    });
    expect(await life(target.id)).toMatchObject({ reactions: [{ person: john.jid, emoji: '👍' }] });
    await told('message.reaction', (await react('')).id);
    expect(await life(target.id)).toMatchObject({ reactions: [] });
  });

  it('tells sealed comments as messages that name what they are about', async () => {
    const { target } = await send(group, { text: 'We have more news' });
    const content = { type: 'text', text: 'Which?' } as const;
    const sealed = await john.phone.send(group, { type: 'comment', target, content, sealed: true });
    const open = await john.phone.send(group, { type: 'comment', target, content });
    for (const { id } of [sealed, open]) {
      expect(await told('message.received', id)).toMatchObject({
        type: 'text',
        text: 'Which?',
        commentOn: target.id,
      });
    }
    // A comment is a message like others: it can be answered.
    const answer = await send(group, { text: 'All', replyTo: sealed.id });
    expect(answer.seen).toMatchObject({ quoted: { id: sealed.id, content } });
  });

  it('tells sealed changes of texts and of events', async () => {
    const said = await john.phone.send(shop.jid, 'helo');
    await told('message.received', said.id);
    const target = { id: said.id, chat: shop.jid, fromMe: true };
    const content = { type: 'text', text: 'hello' } as const;
    const change = await john.phone.send(shop.jid, { type: 'edit', target, content, sealed: true });
    expect(await told('message.edited', change.id)).toMatchObject({
      messageId: said.id,
      text: 'hello',
      previous: { text: 'helo' },
    });
    expect(await life(said.id)).toMatchObject({ text: 'hello', edits: [{ text: 'helo' }] });

    const party = { type: 'event', name: 'Party', startS: 1_800_000_000 } as const;
    const invitation = await john.phone.send(group, party);
    await told('message.received', invitation.id);
    const moved = await john.phone.send(group, {
      type: 'edit',
      target: { id: invitation.id, chat: group, fromMe: true },
      content: { ...party, startS: 1_900_000_000 },
    });
    expect(await told('message.edited', moved.id)).toMatchObject({
      messageId: invitation.id,
      type: 'event',
      event: { name: 'Party', startsAt: 1_900_000_000 },
    });
    expect(await life(invitation.id)).toMatchObject({ event: { startsAt: 1_900_000_000 } });
  });

  it('says of which kind a message is that cannot be opened', async () => {
    const target = { id: '3EB0NEVERHEARDOF', chat: group, fromMe: false, participant: shop.lid };
    const { id } = await john.phone.sendMessage(group, {
      encReactionMessage: {
        targetMessageKey: { id: target.id, remoteJid: group, participant: shop.lid },
        encPayload: new Uint8Array(32),
        encIv: new Uint8Array(12),
      },
    });
    expect(await told('message.received', id)).toMatchObject({
      type: 'unsupported',
      rawType: 'encReactionMessage',
    });
  });

  it('broke no rule of the protocol', () => {
    expect(() => simulator.violations.assertNone()).not.toThrow();
  });
});
