import { afterEach, describe, expect, it } from 'vitest';
import { openUnsynced } from '../storage/sqlite/testing/folder.ts';
import { closeAll, ending, endpoint, message, newFolder, openHouse } from './testing/house.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';

afterEach(closeAll);

async function receiver(): Promise<Receiver> {
  return ending(await startReceiver(), (made) => made.close());
}

describe('endpoints set by environment', () => {
  it('get messages in the classic form with Basic Auth', async () => {
    const inbox = await receiver();
    const environment = { messagesUrl: inbox.url, user: 'n8n', password: 'pa:ss' };
    const { events } = await openHouse(openUnsynced, await newFolder(), { environment, allow: [] });
    await events.report([message('I need help!')]);
    await inbox.waitFor(1);
    const [one] = inbox.received;
    expect(one?.body).toEqual({
      id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      event: 'messages.upsert',
      sessionId: 'support',
      workspaceId: 'default',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      data: message('I need help!').data,
    });
    expect(one?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('n8n:pa:ss').toString('base64')}`,
      'content-type': 'application/json',
      'x-wasphere-event': 'messages.upsert',
      'x-wasphere-attempt': '1',
    });
    expect(one?.headers).not.toHaveProperty('webhook-signature');
  });

  it('get connection events at the status URL only', async () => {
    const inbox = await receiver();
    const status = await receiver();
    const environment = { messagesUrl: inbox.url, statusUrl: status.url };
    const { events } = await openHouse(openUnsynced, await newFolder(), { environment });
    const draft = { ...message(''), orderKey: 'session:support', data: {} };
    await events.report(
      ['connected', 'disconnected', 'qr', 'logged_out', 'state'].map((name) => ({
        ...draft,
        event: `session.${name}`,
      })),
    );
    await events.report([{ ...message('mine'), event: 'message.sent' }]);
    await events.report([message('hello')]);
    await Promise.all([status.waitFor(4), inbox.waitFor(1)]);
    expect(status.received.map(({ body }) => body.event)).toEqual([
      'connection.open',
      'connection.close',
      'connection.qr',
      'connection.logout',
    ]);
    expect(inbox.received.map(({ body }) => body.data.text)).toEqual(['hello']);
  });

  it('begin anew with a restart, under another URL too', async () => {
    const folder = await newFolder();
    const broken = await receiver();
    broken.answering = (response) => void response.writeHead(500).end();
    const first = await openHouse(openUnsynced, folder, {
      environment: { messagesUrl: broken.url },
    });
    await first.events.report(Array.from({ length: 5 }, (_, i) => message(`m${i}`, `chat-${i}`)));
    await broken.waitFor(5);
    await first.stop();
    const repaired = await receiver();
    await openHouse(openUnsynced, folder, { environment: { messagesUrl: repaired.url } });
    await repaired.waitFor(5);
    expect(repaired.received.map(({ body }) => body.event)).toContain('messages.upsert');
  });

  it('get the events of every workspace', async () => {
    const inbox = await receiver();
    const { events } = await openHouse(openUnsynced, await newFolder(), {
      environment: { messagesUrl: inbox.url },
    });
    await events.report([message('hello', 'john', { workspaceId: 'other' })]);
    await inbox.waitFor(1);
    expect(inbox.received[0]?.body).toMatchObject({ workspaceId: 'other' });
  });
});

describe('what an endpoint gets', () => {
  it('is chosen by workspace, event, session and kind of chat', async () => {
    const all = await receiver();
    const few = await receiver();
    const { events } = await openHouse(openUnsynced, await newFolder(), {
      endpoints: [
        endpoint('all', all.url),
        endpoint(
          'few',
          few.url,
          { sessions: ['support'], ignoreChats: ['group', 'status'] },
          { events: ['message.*'] },
        ),
        endpoint('off', few.url, {}, { active: false }),
        endpoint('foreign', few.url, {}, { workspaceId: 'other' }),
      ],
    });
    const inChat = (chatId: string) => ({ data: { chatId, text: chatId } });
    await events.report([
      message('one'),
      message('two', 'john', { sessionId: 'sales' }),
      message('three', 'john', inChat('120363@g.us')),
      message('four', 'john', inChat('status@broadcast')),
      message('five', 'john', { event: 'poll.vote' }),
      message('six', 'john', { event: 'message.sent' }),
    ]);
    await Promise.all([all.waitFor(6), few.waitFor(2)]);
    expect(few.received.map(({ body }) => body.event)).toEqual([
      'message.received',
      'message.sent',
    ]);
    expect(few.received).toHaveLength(2);
  });
});
