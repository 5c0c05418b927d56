import { afterEach, describe, expect, it } from 'vitest';
import { createEvents, type Events } from '../events/events.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { createIdSource } from '../kernel/ids.ts';
import { silentLogger } from '../kernel/logger.ts';
import { seededRandom } from '../kernel/random.ts';
import { createOutbound } from '../net/outbound.ts';
import { MemoryLog } from './testing/memory-log.ts';
import { type Receiver, startReceiver } from './testing/receiver.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface House {
  readonly log: MemoryLog;
  readonly events: Events;
  readonly webhooks: Webhooks;
}

async function house(
  environment: { messagesUrl?: string; statusUrl?: string; user?: string; password?: string },
  log = new MemoryLog(),
  clock: Clock = systemClock,
): Promise<House> {
  const random = seededRandom(1);
  const ids = createIdSource(clock, random);
  const outbound = createOutbound({ allow: [], clock });
  const events = createEvents({ store: log, clock, ids, endpoints: () => webhooks.subscribers() });
  const webhooks = createWebhooks({
    store: log,
    outbound,
    events,
    clock,
    random,
    ids,
    logger: silentLogger,
    environment: { messagesUrl: null, statusUrl: null, user: '', password: '', ...environment },
  });
  await webhooks.start();
  closing.push(async () => {
    await webhooks.stop();
    await outbound.close();
  });
  return { log, events, webhooks };
}

async function receiver(): Promise<Receiver> {
  const made = await startReceiver();
  closing.push(() => made.close());
  return made;
}

const message = (text: string, chatId = '5511888888888@s.whatsapp.net') => ({
  event: 'message.received',
  workspaceId: 'default',
  sessionId: 'support',
  orderKey: chatId,
  data: {
    from: chatId,
    pushName: 'John Doe',
    messageId: 'ABC123',
    text,
    hasMedia: false,
    timestamp: 1709510400,
    chatId,
    fromMe: false,
  },
});

describe('endpoints set by environment', () => {
  it('get messages in the classic form with Basic Auth', async () => {
    const inbox = await receiver();
    const { events } = await house({ messagesUrl: inbox.url, user: 'n8n', password: 'pa:ss' });
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
  });

  it('get connection events at the status URL only', async () => {
    const inbox = await receiver();
    const status = await receiver();
    const { events } = await house({ messagesUrl: inbox.url, statusUrl: status.url });
    const draft = { ...message(''), orderKey: 'session:support', data: {} };
    await events.report(
      ['connected', 'disconnected', 'qr', 'logged_out'].map((name) => ({
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
});
