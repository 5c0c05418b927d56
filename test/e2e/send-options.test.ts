import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mp4, opus } from '../../gateway/src/messages/media-fixtures.ts';
import { type Correspondence, dataUri, startCorrespondence } from '../support/correspondence.ts';

/** What goes beside content: viewed once, mentions of everyone, a reference of the caller's own. */
describe('options of a send', () => {
  let world: Correspondence;
  beforeAll(async () => {
    world = await startCorrespondence();
  });
  afterAll(() => world.close());

  it('let videos and sounds be viewed once', async () => {
    const film = { url: dataUri('video/mp4', mp4()), caption: 'Look' };
    const video = (await world.send({ video: film, viewOnce: true })).message;
    const outer = video.viewOnceMessage ?? video.viewOnceMessageV2;
    expect(outer?.message?.videoMessage).toMatchObject({ viewOnce: true, caption: 'Look' });
    for (const voice of [true, false]) {
      const sound = { url: dataUri('audio/ogg', opus({ seconds: 3 })), voice };
      const { message, content } = await world.send({ audio: sound, viewOnce: true });
      const cover =
        message.viewOnceMessage ?? message.viewOnceMessageV2 ?? message.viewOnceMessageV2Extension;
      expect(cover?.message?.audioMessage).toMatchObject({ viewOnce: true, seconds: 3 });
      expect(content).toMatchObject({ type: 'audio', viewOnce: true, ...(voice ? { voice } : {}) });
    }
  });

  it('mention everyone in a group, and those who are mentioned so are told', async () => {
    const { gateway, john } = world;
    const made = await gateway.call('POST', '/sessions/shop/groups', {
      subject: 'Everyone',
      participants: [john.number],
    });
    const { chatId } = made.body['group'] as { chatId: string };
    const { status, body } = await gateway.call('POST', '/sessions/shop/send', {
      to: chatId,
      text: 'All of you',
      mentions: ['all'],
    });
    expect([status, body]).toMatchObject([200, { status: 'sent' }]);
    const seen = await john.phone.waitForMessage(({ id }) => id === body['messageId']);
    expect(seen.content).toMatchObject({ text: 'All of you', mentionsEveryone: true });
    const { id } = await john.phone.send(chatId, {
      type: 'text',
      text: 'You too',
      mentionsEveryone: true,
    });
    const path = `/sessions/shop/messages/${id}`;
    await expect.poll(async () => (await gateway.call('GET', path)).status).toBe(200);
    expect((await gateway.call('GET', path)).body).toMatchObject({ mentionsMe: true });
  });

  it('give the reference back in every event about the message, failure included', async () => {
    const { gateway, john, simulator } = world;
    const eventsOf = async (messageId: unknown) => {
      const { body } = await gateway.call('GET', '/events?event=message.*&limit=500');
      const events = body['events'] as { event: string; data: Record<string, unknown> }[];
      return events
        .filter(({ data }) => data['messageId'] === messageId)
        .map(({ event, data }) => [event, data['clientRef']]);
    };
    const received = await world.send({ text: 'On its way', clientRef: 'order-7' });
    await john.phone.read(received);
    // A receipt may overtake WhatsApp's answer, so their order is open.
    const wanted = ['sent', 'delivered', 'read'].map((step) => [`message.${step}`, 'order-7']);
    await expect.poll(async () => new Set(await eventsOf(received.id))).toEqual(new Set(wanted));
    simulator.faults.add({ kind: 'nack', code: 479, times: 1 });
    const refused = await gateway.call('POST', '/sessions/shop/send', {
      to: john.number,
      text: 'Not to be had',
      clientRef: 'order-8',
    });
    expect(refused.status).toBe(502);
    const { body } = await gateway.call('GET', '/events?event=message.failed');
    expect(body['events']).toMatchObject([
      { data: { text: 'Not to be had', status: 'failed', clientRef: 'order-8' } },
    ]);
  });

  it('broke no rule of the protocol', () => {
    expect(() => world.simulator.violations.assertNone()).not.toThrow();
  });
});
