import { describe, expect, it } from 'vitest';
import type { ContactChange } from '../../contacts/contact-store.ts';
import { NAMELESS } from '../../contacts/names.ts';
import { type MakeVessel, useWorld } from './harness.ts';
import { report } from './samples.ts';

const JOHN = '1555@s.whatsapp.net';
const JOHN_LID = '99@lid';
const ANA = '1666@s.whatsapp.net';

/** The contract of `ContactStore`. */
export function describeContactStore(make: MakeVessel): void {
  describe('names of people', () => {
    const world = useWorld(make);

    it('lays what was heard over what is kept, and answers what changed', async () => {
      const key = await world().session();
      const { contacts } = world().storage;
      const john = { ...NAMELESS, push: 'John' };
      expect(await contacts.hear(key, [{ chatId: JOHN, names: { push: 'John' } }])).toEqual([
        { chatId: JOHN, before: NAMELESS, names: john },
      ]);
      expect(await contacts.hear(key, [{ chatId: JOHN, names: { push: 'John' } }])).toEqual([]);
      await contacts.hear(key, [{ chatId: JOHN, names: { saved: 'Baker', push: null } }]);
      await world().reopen();
      const names = await world().storage.contacts.names(key, [JOHN, ANA]);
      expect([...names]).toEqual([[JOHN, { ...NAMELESS, saved: 'Baker' }]]);
    });

    it('lets older word fill in missing names only', async () => {
      const key = await world().session();
      const { contacts } = world().storage;
      await contacts.hear(key, [
        { chatId: JOHN, names: { saved: 'Baker' } },
        { chatId: JOHN, names: { saved: 'John B.', push: 'John' }, isPast: true },
      ]);
      const names = await contacts.names(key, [JOHN]);
      expect(names.get(JOHN)).toEqual({ ...NAMELESS, saved: 'Baker', push: 'John' });
    });

    it('writes the events of those who changed, and asks for none when nobody did', async () => {
      const key = await world().session();
      const { contacts, events } = world().storage;
      const asked: (readonly ContactChange[])[] = [];
      const tell = (changed: readonly ContactChange[]) => {
        asked.push(changed);
        return report(`e${asked.length}`);
      };
      const heard = [
        { chatId: JOHN, names: { push: 'John' } },
        { chatId: ANA, names: { business: 'Ana & Co' } },
      ];
      await contacts.hear(key, heard, tell);
      await contacts.hear(key, heard, tell);
      expect(asked.map((changed) => changed.map(({ chatId }) => chatId))).toEqual([[JOHN, ANA]]);
      expect((await events.read('default', 0, 9)).map(({ id }) => id)).toEqual(['e1']);
    });

    it('lists by address, page by page, and knows nobody of another session', async () => {
      const [key, other] = [await world().session('a'), await world().session('b')];
      const { contacts } = world().storage;
      const chatIds = ['3@lid', '1@lid', '2@lid'];
      await contacts.hear(
        key,
        chatIds.map((chatId) => ({ chatId, names: { push: chatId } })),
      );
      const page = async (after: string | null) =>
        (await contacts.contacts(key, { after, limit: 2 })).map(({ chatId }) => chatId);
      expect([await page(null), await page('2@lid')]).toEqual([['1@lid', '2@lid'], ['3@lid']]);
      expect(await contacts.contacts(other, { after: null, limit: 9 })).toEqual([]);
      expect((await contacts.names(other, chatIds)).size).toBe(0);
    });

    it('has one row for a person once the number is known', async () => {
      const key = await world().session();
      const { contacts, identities } = world().storage;
      await contacts.hear(key, [
        { chatId: JOHN, names: { push: 'John' } },
        { chatId: JOHN_LID, names: { push: 'Jo', saved: 'Baker' } },
      ]);
      await identities.learn(key, [{ phone: '1555', lid: '99' }]);
      expect(await contacts.contacts(key, { after: null, limit: 9 })).toEqual([
        { chatId: JOHN, names: { ...NAMELESS, push: 'John', saved: 'Baker' } },
      ]);
    });

    it('goes with its session', async () => {
      const key = await world().session();
      const { contacts, sessions } = world().storage;
      await contacts.hear(key, [{ chatId: JOHN, names: { push: 'John' } }]);
      await sessions.remove(key, { events: [], deliveries: [] });
      expect((await contacts.names(key, [JOHN])).size).toBe(0);
      const late = contacts.hear(key, [{ chatId: JOHN, names: { push: 'Jo' } }]);
      await expect(late).rejects.toMatchObject({ code: 'session_not_found' });
    });
  });
}
