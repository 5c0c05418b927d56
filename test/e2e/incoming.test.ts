import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { basicExamples } from '../../gateway/src/messages/normalise/examples-basic.ts';
import { interactiveExamples } from '../../gateway/src/messages/normalise/examples-interactive.ts';
import { type Correspondence, dataUri, startCorrespondence } from '../support/correspondence.ts';
import { OPERATOR_KEY } from '../support/gateway-process.ts';
import { redPng } from '../support/pictures.ts';

/** Everything that a phone sends, as a webhook. */
describe('every kind of message that comes in', () => {
  let world: Correspondence;
  beforeAll(async () => {
    world = await startCorrespondence();
  });
  afterAll(() => world.close());

  const asOperator = { authorization: `Bearer ${OPERATOR_KEY}` };

  /** Linked devices are not given what may be seen once: WhatsApp keeps that for the phone. */
  const reaching = [...basicExamples, ...interactiveExamples].filter(
    ({ title }) => title !== 'view once',
  );
  it.each(reaching)('comes in: $title', async ({ content, shows }) => {
    expect(await world.receive(content)).toMatchObject(shows);
  });

  it('comes in with its file, whole, in parts, and by the link of a webhook', async () => {
    const picture = await redPng();
    const { message } = await world.send({ image: { url: dataUri('image/png', picture) } });
    const data = await world.receive(message);
    const path = `/sessions/shop/messages/${String(data['messageId'])}/media`;
    const whole = await fetch(`${world.gateway.url}${path}`, { headers: asOperator });
    expect(whole.status).toBe(200);
    expect(Buffer.from(await whole.arrayBuffer()).equals(picture)).toBe(true);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': expect.stringContaining('attachment'),
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    });
    const part = await fetch(`${world.gateway.url}${path}`, {
      headers: { ...asOperator, range: 'bytes=1-3' },
    });
    expect([part.status, await part.text()]).toEqual([206, 'PNG']);
    const none = await world.gateway.call('GET', '/sessions/shop/messages/unknown/media');
    expect([none.status, none.body['code']]).toEqual([404, 'message_not_found']);
    const forged = await fetch(`${world.gateway.url}/media/forged.token`);
    expect(forged.status).toBe(404);
    expect(await readdir(join(world.gateway.dataDir, 'media'))).toHaveLength(1);
  });

  it('broke no rule of the protocol', () => {
    expect(() => world.simulator.violations.assertNone()).not.toThrow();
  });
});
