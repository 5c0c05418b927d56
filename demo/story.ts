import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { AccountHandle, ReceivedMessage } from '@whatsapp-gateway/simulator';
import type { DemoGateway } from './gateway.ts';
import type { Receiver } from './receiver.ts';
import { headline, say } from './terminal.ts';

export interface Cast {
  readonly gateway: DemoGateway;
  readonly receiver: Receiver;
  /** The simulator's page. */
  readonly phonesUrl: string;
  readonly shop: AccountHandle;
  readonly john: AccountHandle;
}

/** Pairs, receives and answers, and shows each step. */
export async function tell({ gateway, receiver, shop, john }: Cast): Promise<void> {
  const api = gateway.url;
  headline('1. Pair a number: the phone of the shop scans the QR code');
  say('you', `curl -X POST ${api}/sessions/support/start`);
  const started = await gateway.call('POST', '/sessions/support/start');
  say('gateway', pretty({ ...started, qrImage: 'data:image/png;base64,...' }));
  await shop.phone.scan(String(started['qr']));
  await opened(gateway);
  say('gateway', 'the session "support" is open');

  headline('2. Receive: a contact writes, and your webhook is called');
  const webhook = once(receiver, 'webhook');
  await john.phone.send(shop.jid, 'I need help!');
  say('phone', 'John Doe writes: I need help!');
  say('webhook', pretty((await webhook)[0]));

  headline('3. Answer through the API: it appears on the phone of the contact');
  const body = { to: john.number, text: 'Hello from the API!' };
  say('you', curl(api, body));
  say('gateway', pretty(await gateway.call('POST', '/sessions/support/send', body)));
  showOnPhone(await john.phone.waitForMessage(({ fromMe }) => !fromMe));
}

/** Stays up: what the reader types is written by the contact, what the API sends appears here. */
export async function play(cast: Cast, interrupted: AbortSignal): Promise<void> {
  const { gateway, receiver, phonesUrl, shop, john } = cast;
  receiver.on('webhook', (body) => say('webhook', pretty(body)));
  const unwatch = john.phone.records.events.on('message', (message) => {
    if (!message.fromMe) showOnPhone(message);
  });
  headline('Now you');
  say('demo', 'Type a line: John Doe writes it, and the webhook shows up here.');
  say(
    'demo',
    `Answer him from another terminal:\n${curl(gateway.url, { to: john.number, text: 'On our way' })}`,
  );
  say(
    'demo',
    `All phones, in a browser: ${phonesUrl}\n` +
      'Write as John Doe, send pictures and voice notes, make more people and groups, take the network away,\n' +
      'and link another number: POST /sessions/second/start, then scan its QR code with a phone there.',
  );
  say('demo', `The reference of the whole API: ${gateway.url}/docs`);
  say('demo', 'Your own consumer: WEBHOOK_URL=http://localhost:5678/... npm start');
  say('demo', 'Ctrl+C ends it all.');
  const lines = createInterface({ input: process.stdin, signal: interrupted });
  const ended = once(interrupted, 'abort');
  lines.on('line', (line) => {
    if (line.trim()) void john.phone.send(shop.jid, line);
  });
  await ended;
  lines.close();
  unwatch();
}

const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

const curl = (api: string, body: object): string =>
  `curl -X POST ${api}/sessions/support/send -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body)}'`;

async function opened(gateway: DemoGateway): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { status } = await gateway.call('GET', '/sessions/support/status');
    if (status === 'open') return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the session did not open');
}

function showOnPhone({ content, text }: ReceivedMessage): void {
  say('phone', `John Doe reads: ${text || `(${content.type})`}`);
}
