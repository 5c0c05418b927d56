import { describe, expect, it } from 'vitest';
import { memoryIdentities } from '../contacts/memory-stores.ts';
import type { EventBatch } from '../events/store.ts';
import { silentLogger } from '../kernel/logger.ts';
import { VirtualClock } from '../kernel/virtual-clock.ts';
import { createOptOuts } from './optout.ts';
import type { OptOut, OptOutStore, OptOutWords } from './store.ts';

function memoryStore(): OptOutStore {
  const list = new Map<string, OptOut>();
  let words: OptOutWords | null = null;
  return {
    listed: async (_, chatIds) => chatIds.filter((chatId) => list.has(chatId)),
    add: async (_, optOut) => void list.set(optOut.chatId, optOut),
    remove: async (_, chatId) => list.delete(chatId),
    page: async () => [...list.values()],
    words: async () => words,
    setWords: async (_, next) => void (words = next),
  };
}

function setUp() {
  const clock = new VirtualClock();
  const identities = memoryIdentities();
  const listeners: ((batch: EventBatch) => void)[] = [];
  const optOuts = createOptOuts({ store: memoryStore(), identities, clock, logger: silentLogger });
  optOuts.listen({
    onCommitted(listener) {
      listeners.push(listener);
      return () => {};
    },
  });
  const write = async (text: string, chatId = 'anna@lid') => {
    const event = {
      id: 'e',
      event: 'message.received',
      workspaceId: 'default',
      sessionId: 'support',
      timestampMs: 0,
      orderKey: '',
      data: { chatId, text },
    };
    for (const listener of listeners) listener({ events: [event], deliveries: [] });
    await clock.advance(0);
  };
  return {
    optOuts,
    identities,
    write,
    includes: (id: string) => optOuts.includes('default', 1, id),
  };
}

describe('opting out', () => {
  it.each(['stop', ' STOP! ', 'Opt-Out.', 'ｓｔｏｐ'])('by writing "%s"', async (text) => {
    const { write, includes, optOuts } = setUp();
    await write(text);
    expect(await includes('anna@lid')).toBe(true);
    expect((await optOuts.page('default', 9, null))[0]).toMatchObject({
      source: 'stop_word',
      note: text.trim(),
    });
    await write('start');
    expect(await includes('anna@lid')).toBe(false);
  });

  it.each(['please stop by', 'stop it', '', '!!!', `stop${' '.repeat(99)}`])(
    'not by writing "%s"',
    async (text) => {
      const { write, includes } = setUp();
      await write(text);
      expect(await includes('anna@lid')).toBe(false);
    },
  );

  it('is for people, not for groups', async () => {
    const { write, includes } = setUp();
    await write('stop', '1203@g.us');
    expect(await includes('1203@g.us')).toBe(false);
  });

  it('holds under both names of a person', async () => {
    const { write, includes, identities } = setUp();
    await write('stop', '77@lid');
    expect(await includes('5511@s.whatsapp.net')).toBe(false);
    await identities.learn(1, [{ phone: '5511', lid: '77' }]);
    expect(await includes('5511@s.whatsapp.net')).toBe(true);
    expect(await includes('77@lid')).toBe(true);
  });

  it('follows the words that the workspace has set', async () => {
    const { write, includes, optOuts } = setUp();
    await optOuts.setWords('default', { stop: ['¡Baja!'], start: [] });
    await write('stop');
    expect(await includes('anna@lid')).toBe(false);
    await write('baja');
    expect(await includes('anna@lid')).toBe(true);
  });
});
