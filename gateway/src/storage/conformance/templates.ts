import { describe, expect, it } from 'vitest';
import type { Template } from '../../messages/templates/template.ts';
import { type MakeVessel, useWorld } from './harness.ts';

const sample = (name: string, language = ''): Template => ({
  name,
  language,
  description: 'for new people',
  variables: { name: { type: 'text', fallback: 'you' } },
  content: { text: 'Hello {{name}} 👋' },
});

/** The contract of `TemplateStore`. */
export function describeTemplateStore(make: MakeVessel): void {
  describe('templates', () => {
    const world = useWorld(make);

    it('keeps each under workspace, name and language, also across a restart', async () => {
      const { templates } = world().storage;
      await templates.save('default', sample('hello'), 1);
      await templates.save('default', sample('hello', 'pt'), 2);
      await templates.save('other', sample('hello'), 3);
      await world().reopen();
      const kept = world().storage.templates;
      expect(await kept.list('default')).toEqual([
        { ...sample('hello'), createdAtMs: 1, updatedAtMs: 1 },
        { ...sample('hello', 'pt'), createdAtMs: 2, updatedAtMs: 2 },
      ]);
      expect(await kept.find('default', 'hello', 'pt')).toMatchObject({ language: 'pt' });
      expect(await kept.find('default', 'hello', 'en')).toBeNull();
    });

    it('replaces and keeps the time of creation', async () => {
      const { templates } = world().storage;
      await templates.save('default', sample('hello'), 1);
      const changed = { ...sample('hello'), content: { text: 'Hi' } };
      expect(await templates.save('default', changed, 5)).toEqual({
        ...changed,
        createdAtMs: 1,
        updatedAtMs: 5,
      });
      expect(await templates.list('default')).toHaveLength(1);
    });

    it('removes one language or all of them', async () => {
      const { templates } = world().storage;
      for (const language of ['', 'pt', 'en']) {
        await templates.save('default', sample('hello', language), 1);
      }
      await templates.save('other', sample('hello'), 1);
      expect(await templates.remove('default', 'hello', 'pt')).toBe(1);
      expect(await templates.remove('default', 'hello', null)).toBe(2);
      expect(await templates.remove('default', 'hello', null)).toBe(0);
      expect(await templates.list('other')).toHaveLength(1);
    });
  });
}
