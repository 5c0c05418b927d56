import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { type Lookup, NotConnected } from '../whatsapp/port.ts';
import { memoryIdentities, memoryNumbers } from './memory-stores.ts';
import { createRecipients, NUMBER_TTL_MS } from './recipients.ts';

const SESSION = 1;

function setUp(people: Record<string, { chatId: string; lid?: string }>) {
  const clock = new VirtualClock();
  const identities = memoryIdentities();
  const asked: string[][] = [];
  let connected = true;
  const recipients = createRecipients({
    numbers: memoryNumbers(),
    identities,
    clock,
    async lookUp(_key, phones): Promise<Lookup[]> {
      if (!connected) throw new NotConnected();
      asked.push([...phones]);
      return phones.map((phone) => {
        const person = people[phone];
        return {
          phone,
          exists: !!person,
          chatId: person?.chatId ?? null,
          lid: person?.lid ?? null,
        };
      });
    },
  });
  return { clock, identities, asked, recipients, disconnect: () => (connected = false) };
}

const mara = { chatId: '5511999999999@s.whatsapp.net', lid: '777000111@lid' };

describe('createRecipients', () => {
  it('asks WhatsApp once and answers with every name of the person', async () => {
    const { recipients, asked } = setUp({ '5511999999999': mara });
    const first = await recipients.resolve(SESSION, '+55 (11) 99999-9999');
    expect(first).toEqual({
      input: '+55 (11) 99999-9999',
      chatId: '5511999999999@s.whatsapp.net',
      phone: '5511999999999',
      lid: '777000111@lid',
    });
    await recipients.resolve(SESSION, '5511999999999@c.us');
    expect(asked).toEqual([['5511999999999']]);
  });

  it("takes WhatsApp's spelling of a number and never its own", async () => {
    const { recipients } = setUp({ '5561999998888': { chatId: '556199998888@s.whatsapp.net' } });
    const resolved = await recipients.resolve(SESSION, '5561999998888');
    expect(resolved).toMatchObject({
      chatId: '556199998888@s.whatsapp.net',
      phone: '556199998888',
    });
  });

  it('refuses what is no address and whom WhatsApp does not know, with the field', async () => {
    const { recipients } = setUp({});
    await expect(recipients.resolve(SESSION, 'Mara')).rejects.toMatchObject({
      code: 'invalid_recipient',
      fields: [{ field: '/to' }],
    });
    await expect(recipients.resolve(SESSION, '5511999999999')).rejects.toMatchObject({
      code: 'recipient_not_found',
      fields: [{ field: '/to' }],
    });
  });

  it('resolves a LID to the phone chat once the two are known to be one', async () => {
    const { recipients, identities, asked } = setUp({});
    expect(await recipients.resolve(SESSION, '777000111@lid')).toMatchObject({
      chatId: '777000111@lid',
      phone: null,
    });
    await identities.learn(SESSION, [{ phone: '5511999999999', lid: '777000111' }]);
    expect(await recipients.resolve(SESSION, '777000111:4@lid')).toMatchObject({
      chatId: '5511999999999@s.whatsapp.net',
      phone: '5511999999999',
      lid: '777000111@lid',
    });
    expect(asked).toEqual([]);
  });

  it('learns who is who from the answers', async () => {
    const { recipients, identities } = setUp({ '5511999999999': mara });
    await recipients.resolve(SESSION, '5511999999999');
    expect(await identities.phoneFor(SESSION, '777000111')).toBe('5511999999999');
  });

  it.each(['120363041234567890@g.us', '120363144038483540@newsletter', 'status@broadcast'])(
    'sends to %s without asking',
    async (chatId) => {
      const { recipients, disconnect } = setUp({});
      disconnect();
      expect(await recipients.resolve(SESSION, chatId)).toEqual({
        input: chatId,
        chatId,
        phone: null,
        lid: null,
      });
    },
  );

  it('asks again about the missing after an hour and about the found after 30 days', async () => {
    const { recipients, clock, asked } = setUp({ '5511999999999': mara });
    const both = ['5511999999999', '5511888888888'];
    await recipients.check(SESSION, both);
    await clock.advance(NUMBER_TTL_MS.missing);
    await recipients.check(SESSION, both);
    await clock.advance(NUMBER_TTL_MS.found);
    await recipients.check(SESSION, both);
    expect(asked).toEqual([both, ['5511888888888'], both]);
  });

  it('asks in batches, about each number once, and keeps the order of the question', async () => {
    const { recipients, asked } = setUp({ '5511999999999': mara });
    const phones = Array.from(
      { length: 120 },
      (_, i) => `55118000000${String(i).padStart(2, '0')}`,
    );
    const answers = await recipients.check(SESSION, [...phones, '5511999999999', ...phones]);
    expect(asked.map((batch) => batch.length)).toEqual([50, 50, 21]);
    expect(answers.map((answer) => answer.phone)).toEqual([...phones, '5511999999999', ...phones]);
    expect(answers[120]?.chatId).toBe(mara.chatId);
  });

  it('says so when WhatsApp has to be asked and cannot be, and keeps sessions apart', async () => {
    const { recipients, disconnect } = setUp({ '5511999999999': mara });
    await recipients.resolve(SESSION, '5511999999999');
    disconnect();
    await expect(recipients.resolve(SESSION, '5511999999999')).resolves.toBeDefined();
    await expect(recipients.resolve(2, '5511999999999')).rejects.toBeInstanceOf(NotConnected);
  });
});
