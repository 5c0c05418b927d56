import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { AccountHandle } from '@whatsapp-gateway/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bombs } from '../support/bombs.ts';
import { OPERATOR_KEY } from '../support/gateway-process.ts';
import { type PairedGateway, startPairedGateway } from '../support/paired-gateway.ts';
import { createWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const WRONG_KEY = `wsk_live_${'Guessed'.repeat(6)}1`;
const SENT = 'what only John may read';
const RECEIVED = 'what only the shop may read';
const PASSWORD = 'password-of-the-webhook';

/** The shipped process as it runs in production, at its default log level, among hostile requests. */
describe('hostile requests', () => {
  let paired: PairedGateway;
  let john: AccountHandle;
  let webhooks: WebhookReceiver;
  let pid: number;

  beforeAll(async () => {
    webhooks = await createWebhookReceiver();
    paired = await startPairedGateway(
      {},
      {
        LOG_LEVEL: 'info',
        WEBHOOK_URL: `${webhooks.url}/hook`,
        WEBHOOK_USER: 'shop',
        WEBHOOK_PASSWORD: PASSWORD,
        OUTBOUND_ALLOW: '127.0.0.0/8',
      },
      ({ accounts }) => {
        john = accounts.create({ phone: '5511888888888', name: 'John Doe' });
      },
    );
    pid = paired.gateway.pid;
  });
  afterAll(async () => {
    await paired.close();
    await webhooks.close();
  });

  const to = '5511888888888';

  describe.each(Object.entries(bombs))('a small %s that unpacks to very much', (type, make) => {
    it.each(['image', 'sticker'])('is refused as %s', async (kind) => {
      const bytes = make();
      expect(bytes.length).toBeLessThan(300_000);
      const url = `data:${type};base64,${bytes.toString('base64')}`;
      const path = `/sessions/shop/messages/${kind}`;
      const before = await peakKb(pid);
      const { status, body } = await paired.gateway.call('POST', path, { to, url });
      expect([status, body['code']]).toEqual([400, 'invalid_media']);
      expect(body['detail']).toContain('too large');
      // Decoded, the smallest of them takes 800 MB.
      expect((await peakKb(pid)) - before).toBeLessThan(300_000);
      expect(paired.gateway.pid).toBe(pid);
      expect((await paired.gateway.call('GET', '/ready')).status).toBe(200);
      expect(await readdir(join(paired.gateway.dataDir, 'outgoing'))).toEqual([]);
    });
  });

  /** As it is written: `fetch` would tidy dots away before they leave. */
  function ask(method: string, path: string): Promise<{ status: number; text: string }> {
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
    return new Promise((resolve, reject) => {
      const { hostname, port } = new URL(paired.gateway.url);
      request({ hostname, port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });
  }

  it.each([
    '..%2f..%2foperator.key',
    '%2e%2e%2f%2e%2e%2fdata',
    '..%5c..%5cdata',
    '%2fetc%2fpasswd',
    '%2e%2e',
    'a%00.png',
    '%00',
    '..%c0%af..%c0%afetc',
    'x'.repeat(129),
    `${'..%2f'.repeat(40)}etc%2fpasswd`,
  ])('no id leads out of its folder: %s', async (id) => {
    const before = await filesIn(paired.gateway.dataDir);
    for (const [method, path] of [
      ['GET', `/sessions/${id}/status`],
      ['DELETE', `/sessions/${id}`],
      ['GET', `/sessions/shop/messages/${id}`],
      ['GET', `/sessions/shop/messages/${id}/media`],
      ['DELETE', `/sessions/shop/media/${id}`],
      ['GET', `/media/${id}`],
      ['GET', `/sessions/shop/contacts/${id}/picture`],
    ] as const) {
      const { status, text } = await ask(method, path);
      expect([400, 404], `${method} ${path}: ${text}`).toContain(status);
      expect(JSON.parse(text)).toMatchObject({ status, code: expect.any(String) });
      expect(text).not.toContain(paired.gateway.folder);
    }
    expect(await filesIn(paired.gateway.dataDir)).toEqual(before);
    expect((await paired.gateway.call('GET', '/sessions/shop/status')).status).toBe(200);
  });

  it('leave no key, secret, number or text in the log', async () => {
    const { gateway, shop } = paired;
    const sent = await gateway.call('POST', '/sessions/shop/send', { to, text: SENT });
    expect(sent.status).toBe(200);
    await john.phone.waitForMessage(({ id }) => id === sent.body['messageId']);

    const { body: endpoint } = await gateway.call('POST', '/webhooks', {
      url: `${webhooks.url}/registered?token=secret-of-the-query`,
      events: ['message.received'],
    });
    const { body: key } = await gateway.call('POST', '/keys', { name: 'n8n', scopes: ['*'] });
    webhooks.answerWith(503);
    await john.phone.send(shop.jid, RECEIVED);
    const deliveries = `/webhooks/${String(endpoint['id'])}/deliveries`;
    const failed = async () => JSON.stringify((await gateway.call('GET', deliveries)).body);
    await expect.poll(failed).toContain('503');
    webhooks.answerWith(200);
    await webhooks.waitFor(({ body }) => body.data['text'] === RECEIVED);

    for (const headers of [
      { authorization: `Bearer ${WRONG_KEY}` },
      { 'x-api-key': WRONG_KEY },
      { authorization: `Basic ${Buffer.from(`shop:${WRONG_KEY}`).toString('base64')}` },
    ]) {
      expect((await fetch(`${gateway.url}/sessions`, { headers })).status).toBe(401);
    }
    await fetch(`${gateway.url}/sessions?key=${String(key['key'])}`);
    await gateway.call('POST', '/sessions/shop/send', { to: '4915112345678', text: SENT });
    expect(await gateway.end('SIGTERM')).toBe(0);

    const secrets = [
      OPERATOR_KEY,
      WRONG_KEY,
      PASSWORD,
      Buffer.from(`shop:${PASSWORD}`).toString('base64'),
      String(key['key']),
      String(endpoint['secret']),
      'secret-of-the-query',
      SENT,
      RECEIVED,
      to,
      '4915112345678',
      shop.number,
      'John Doe',
    ];
    expect(gateway.output).toContain('session state');
    for (const secret of secrets) {
      expect(secret).toMatch(/^.{4,}$/);
      expect(secret).not.toBe('undefined');
      expect(gateway.output).not.toContain(secret);
    }
  });
});

/** The most memory that a process has ever used, in kB. */
async function peakKb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
}

async function filesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files.filter((file) => !/\.db-(wal|shm)$/.test(file)).sort();
}
