import { describe, expect, it } from 'vitest';
import { type Caller, LOCAL } from '../access/caller.ts';
import { memoryIdentities } from '../contacts/memory-stores.ts';
import { createMessageSight } from './message-sight.ts';
import type { MessageRecord } from './store.ts';

const KEY = 1;
const JOHN = { phone: '5511888888888', lid: '210000000000001' };

const boundTo = (chat: string): Caller => ({
  ...LOCAL,
  permissions: {
    ...LOCAL.permissions,
    bindings: { sessions: null, networks: null, chats: [chat] },
  },
});

/** Asks for messages with a key that is bound to one chat, while M1 is kept under a name of a chat. */
async function asking(bound: string, keptUnder: string) {
  const identities = memoryIdentities();
  await identities.learn(KEY, [JOHN]);
  const requireMessage = createMessageSight({
    messages: { find: async (_key, id) => (id === 'M1' ? messageIn(keptUnder) : null) },
    identities,
  });
  return (messageId: string, field?: string) =>
    requireMessage(boundTo(bound), KEY, messageId, field).then(
      () => 'seen',
      (error: unknown) => error,
    );
}

const messageIn = (chatId: string) => ({ chatId }) as MessageRecord;

describe('the sight of messages', () => {
  const phone = JOHN.phone;
  const address = `${phone}@s.whatsapp.net`;
  const lid = `${JOHN.lid}@lid`;

  it.each([
    [phone, address],
    [lid, address],
    [phone, lid],
    [lid, lid],
    ['120363@g.us', '120363@g.us'],
  ])('lets a key for %s see what is kept under %s', async (bound, keptUnder) => {
    expect(await (await asking(bound, keptUnder))('M1')).toBe('seen');
  });

  it.each([
    [phone, '5511777777777@s.whatsapp.net'],
    [phone, '98@lid'],
    [lid, '120363@g.us'],
    ['120363@g.us', address],
  ])('hides from a key for %s what is kept under %s', async (bound, keptUnder) => {
    const refused = await (await asking(bound, keptUnder))('M1', '/messageId');
    expect(refused).toMatchObject({
      code: 'message_not_found',
      fields: [{ field: '/messageId' }],
    });
  });

  it('says the same of a message that does not exist', async () => {
    const asked = await asking(phone, '98@lid');
    const words = async (id: string) => String(await asked(id)).replace(id, 'ID');
    expect(await words('M1')).toBe(await words('M2'));
  });
});
