import { createHmac, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../kernel/random.ts';
import { webhookRequest } from './message.ts';
import { hubSignature, isSecret, newSecret } from './signature.ts';
import { endpoint, message, SECRET } from './testing/house.ts';

const OLD = newSecret(seededRandom(8));
const NOW = Date.now();

function request(settings: Parameters<typeof endpoint>[2], text = 'olá 👋') {
  const { event, workspaceId, sessionId, data } = { ...message(text) };
  const deliverable = {
    id: 'delivery-1',
    event: { id: 'event-1', event, workspaceId, sessionId, timestampMs: NOW, data },
  };
  const content = { data, files: [] };
  const { headers, body } = webhookRequest(
    endpoint('one', 'http://x/', settings),
    deliverable,
    content,
    1,
    NOW,
  );
  return { headers, body: String(body) };
}

describe('Standard Webhooks', () => {
  it('is verified by the official library', () => {
    const { headers, body } = request({});
    expect(new Webhook(SECRET).verify(body, { ...headers })).toMatchObject({ id: 'event-1' });
    expect(() => new Webhook(OLD).verify(body, { ...headers })).toThrow('No matching signature');
    expect(() => new Webhook(SECRET).verify(`${body} `, { ...headers })).toThrow('signature');
  });

  it('is verified with either secret while one is being rotated', () => {
    const { headers, body } = request({ previousSecret: { secret: OLD, untilMs: NOW + 1 } });
    for (const secret of [SECRET, OLD]) new Webhook(secret).verify(body, { ...headers });
    const after = request({ previousSecret: { secret: OLD, untilMs: NOW } });
    expect(() => new Webhook(OLD).verify(after.body, { ...after.headers })).toThrow('signature');
  });

  it('is verified for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { headers, body } = request({}, text);
        expect(new Webhook(SECRET).verify(body, { ...headers })).toEqual(JSON.parse(body));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the X-WaSphere headers', () => {
  /** As the documentation tells receivers to do it. */
  function verify(headers: Readonly<Record<string, string>>, body: string, secret: string) {
    const signed = `${headers['x-wasphere-timestamp']}.${body}`;
    const expected = createHmac('sha256', secret).update(signed).digest();
    return (headers['x-wasphere-signature'] ?? '')
      .split(' ')
      .map((signature) => Buffer.from(signature.replace('v1,sha256=', ''), 'hex'))
      .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
  }

  it('sign time and body with the secret as text', () => {
    const { headers, body } = request({});
    expect(headers['x-wasphere-signature']).toMatch(/^v1,sha256=[0-9a-f]{64}$/);
    expect(headers).toMatchObject({
      'x-wasphere-event': 'message.received',
      'x-wasphere-timestamp': String(Math.floor(NOW / 1000)),
      'x-wasphere-delivery-id': 'delivery-1',
    });
    expect(verify(headers, body, SECRET)).toBe(true);
    expect(verify(headers, body, OLD)).toBe(false);
    const rotating = request({ previousSecret: { secret: OLD, untilMs: NOW + 1 } });
    expect(verify(rotating.headers, rotating.body, SECRET)).toBe(true);
    expect(verify(rotating.headers, rotating.body, OLD)).toBe(true);
  });

  it('come with a signature of the body alone where an endpoint asks for it', () => {
    const { headers, body } = request({ hubSignature: true });
    expect(headers['x-hub-signature-256']).toBe(hubSignature(body, SECRET));
    expect(request({}).headers).not.toHaveProperty('x-hub-signature-256');
  });

  it('cannot be replaced by headers of the endpoint', () => {
    const { headers } = request({ headers: { 'webhook-id': 'forged', 'x-own': 'kept' } });
    expect(headers).toMatchObject({ 'webhook-id': 'delivery-1', 'x-own': 'kept' });
  });
});

describe('a secret', () => {
  it('is recognised', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => isSecret(newSecret(seededRandom(seed)))),
      { numRuns: 50 },
    );
    const base64 = (bytes: number) => Buffer.alloc(bytes, 1).toString('base64');
    expect(isSecret(`whsec_${base64(24)}`)).toBe(true);
    expect(isSecret(`whsec_${base64(64)}`)).toBe(true);
    for (const bad of [
      '',
      'whsec_',
      base64(32),
      `whsec_${base64(23)}`,
      `whsec_${base64(65)}`,
      `whsec_${'*'.repeat(40)}`,
      `whsec_${base64(32)} `,
    ]) {
      expect(isSecret(bad)).toBe(false);
    }
  });
});
