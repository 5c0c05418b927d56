import type { AccountHandle } from '@whatsapp-gateway/simulator';
import { expect } from 'vitest';
import { type PairedGateway, startPairedGateway } from './paired-gateway.ts';
import { createWebhookReceiver } from './webhook-receiver.ts';

/** The shop, which uses the service, and John, who has a phone, write to one another. */
export interface Correspondence extends PairedGateway {
  readonly john: AccountHandle;
  /** Sends content to John, and answers with what his phone decrypted. */
  send(content: object): Promise<Awaited<ReturnType<AccountHandle['phone']['waitForMessage']>>>;
  /** What John writes, as the webhook tells it. */
  receive(message: object): Promise<Record<string, unknown>>;
}

export async function startCorrespondence(
  env: Record<string, string> = {},
): Promise<Correspondence> {
  const webhooks = await createWebhookReceiver();
  const world = await startPairedGateway({}, { WEBHOOK_URL: `${webhooks.url}/in`, ...env });
  const { simulator, gateway, shop } = world;
  const john = simulator.accounts.create({ phone: '5511888888888', name: 'John Doe' });
  return {
    ...world,
    john,
    async send(content) {
      const { status, body } = await gateway.call('POST', '/sessions/shop/send', {
        to: john.number,
        ...content,
      });
      expect([status, body]).toMatchObject([200, { success: true, status: 'sent' }]);
      return john.phone.waitForMessage(({ id }) => id === body['messageId']);
    },
    async receive(message) {
      const { id } = await john.phone.sendMessage(shop.jid, message);
      const { body } = await webhooks.waitFor(({ body }) => body.data['messageId'] === id);
      return body.data;
    },
    async close() {
      await world.close();
      await webhooks.close();
    },
  };
}

/** Bytes as a URL that holds them. */
export const dataUri = (type: string, bytes: Buffer): string =>
  `data:${type};base64,${bytes.toString('base64')}`;
