import { describe, expect, it } from 'vitest';
import { type MakeVessel, useWorld } from './harness.ts';
import { nothing, report, sampleMessage } from './samples.ts';

const JOHN = '1555@s.whatsapp.net';
const DAY_MS = 24 * 3_600_000;

/** The contract of `MessageStore.recordPast`. */
export function describePastMessages(make: MakeVessel): void {
  describe('messages from before the number was linked', () => {
    const world = useWorld(make);

    const message = (messageId: string, more: object = {}) => ({
      ...sampleMessage(messageId),
      chatId: JOHN,
      senderId: JOHN,
      fromMe: false,
      timestampMs: world().clock.now(),
      ...more,
    });
    const live = (key: number, messageId: string) =>
      world().storage.messages.recordInbound(key, [
        { journalIds: [], message: message(messageId), batch: report(`e-${messageId}`) },
      ]);
    const texts = async (key: number) => {
      const page = { before: null, limit: 9 };
      const kept = await world().storage.history.messages(key, JOHN, page);
      return kept.map(({ messageId }) => messageId);
    };

    it('stand behind all that came since, in their order, whichever was kept first', async () => {
      const key = await world().session();
      const { messages, history } = world().storage;
      await live(key, 'l1');
      expect(await messages.recordPast(key, [message('p1'), message('p2')])).toBe(2);
      await live(key, 'l2');
      expect(await messages.recordPast(key, [message('p2'), message('p3')])).toBe(1);
      expect(await texts(key)).toEqual(['l2', 'l1', 'p1', 'p2', 'p3']);
      const [p1] = await history
        .messages(key, JOHN, { before: null, limit: 3 })
        .then((all) => all.slice(2));
      const behind = await history.messages(key, JOHN, { before: p1?.seq ?? 0, limit: 9 });
      expect(behind.map(({ messageId }) => messageId)).toEqual(['p2', 'p3']);
    });

    it('keep no message from being news when it comes itself', async () => {
      const key = await world().session();
      const { messages, events } = world().storage;
      await messages.recordPast(key, [message('m1'), message('m2')]);
      expect(await live(key, 'm2')).toEqual(['stored']);
      expect(await live(key, 'm2')).toEqual(['duplicate']);
      expect(await messages.recordPast(key, [message('m2')])).toBe(0);
      expect(await texts(key)).toEqual(['m2', 'm1']);
      expect((await events.read('default', 0, 9)).map(({ id }) => id)).toEqual(['e-m2']);
    });

    it('leave by their own age, and what comes then stands above those that are left', async () => {
      const key = await world().session();
      const { messages } = world().storage;
      const nowMs = world().clock.now();
      await messages.recordPast(key, [
        message('old', { timestampMs: nowMs - 2 * DAY_MS }),
        message('new'),
        message('older', { timestampMs: nowMs - 3 * DAY_MS }),
      ]);
      expect(await messages.prune(nowMs - DAY_MS, 1)).toBe(1);
      expect(await texts(key)).toEqual(['old', 'new']);
      expect(await messages.prune(nowMs - DAY_MS, 9)).toBe(1);
      await live(key, 'l1');
      await messages.recordPast(key, [message('p1')]);
      expect(await texts(key)).toEqual(['l1', 'new', 'p1']);
    });

    it('are not kept of a session that is gone', async () => {
      const key = await world().session();
      const { messages, sessions } = world().storage;
      await sessions.remove(key, nothing);
      const late = messages.recordPast(key, [message('p1')]);
      await expect(late).rejects.toMatchObject({ code: 'session_not_found' });
    });
  });
}
