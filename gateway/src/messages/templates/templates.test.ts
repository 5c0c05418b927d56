import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { StoredTemplate, TemplateStore } from './store.ts';
import { placeholdersIn, render, type Template } from './template.ts';
import { createTemplates } from './templates.ts';

function memoryTemplates(): TemplateStore {
  const kept = new Map<string, StoredTemplate>();
  const id = (...parts: string[]) => parts.join('/');
  return {
    list: async (workspaceId) =>
      [...kept]
        .filter(([key]) => key.startsWith(`${workspaceId}/`))
        .map(([, template]) => template),
    find: async (...name) => kept.get(id(...name)) ?? null,
    async save(workspaceId, template, nowMs) {
      const stored = { ...template, createdAtMs: nowMs, updatedAtMs: nowMs };
      kept.set(id(workspaceId, template.name, template.language), stored);
      return stored;
    },
    remove: async (workspaceId, name, language) =>
      [...kept.values()].filter(
        (one) =>
          one.name === name &&
          (language === null || one.language === language) &&
          kept.delete(id(workspaceId, name, one.language)),
      ).length,
  };
}

const set = () => createTemplates(memoryTemplates(), new VirtualClock());

const shipped: Template = {
  name: 'shipped',
  language: '',
  description: '',
  variables: {
    name: { type: 'text', fallback: 'you' },
    order: { type: 'number' },
    link: { type: 'url', fallback: 'https://example.com' },
  },
  content: { text: 'Hi {{name}}, order {{ order }} is on its way: {{link}}' },
};

const use = (variables: Record<string, string | number>, language = '') => ({
  name: 'shipped',
  language,
  variables,
  pointer: '/template/variables',
});

describe('templates', () => {
  it('become a content with their variables filled in', async () => {
    const templates = set();
    await templates.save('default', shipped);
    expect(await templates.render('default', use({ order: 7, name: 'Ana' }))).toEqual({
      type: 'text',
      text: 'Hi Ana, order 7 is on its way: https://example.com',
    });
  });

  it('can be any content, media and buttons included', async () => {
    const templates = set();
    const variables = { photo: { type: 'url' as const }, name: { type: 'text' as const } };
    const image = { url: '{{photo}}', caption: 'For {{name}}' };
    await templates.save('default', { ...shipped, variables, content: { image } });
    const photo = 'https://example.com/p.jpg';
    expect(await templates.render('default', use({ photo, name: 'Ana' }))).toMatchObject({
      type: 'image',
      caption: 'For Ana',
      media: { url: photo },
    });
    const buttons = { text: '{{name}}?', buttons: [{ id: 'y', text: 'Yes' }] };
    await templates.save('default', {
      ...shipped,
      variables: { name: { type: 'text' } },
      content: { buttons },
    });
    expect(await templates.render('default', use({ name: 'Ana' }))).toMatchObject({
      type: 'buttons',
      text: 'Ana?',
    });
  });

  it('are chosen by language, its base, or the general one', async () => {
    const templates = set();
    const inLanguage = (language: string) =>
      templates.save('default', {
        ...shipped,
        language,
        variables: {},
        content: { text: `in ${language}` },
      });
    for (const language of ['', 'pt', 'pt-BR']) await inLanguage(language);
    const texts = ['pt-BR', 'pt_PT', 'de', ''].map((language) =>
      templates.render('default', use({}, language)),
    );
    expect(await Promise.all(texts)).toMatchObject([
      { text: 'in pt-BR' },
      { text: 'in pt' },
      { text: 'in ' },
      { text: 'in ' },
    ]);
    await expect(templates.render('other', use({}))).rejects.toMatchObject({
      code: 'template_not_found',
    });
    await templates.remove('default', 'shipped', null);
    await expect(templates.remove('default', 'shipped', null)).rejects.toMatchObject({
      code: 'template_not_found',
    });
  });

  it.each([
    [{ name: 'Ana' }, ['/template/variables/order']],
    [{ order: 'seven' }, ['/template/variables/order']],
    [{ order: 1, link: 'ftp://x' }, ['/template/variables/link']],
    [{ order: 1, other: 'x' }, ['/template/variables/other']],
    [{ constructor: 'x' }, ['/template/variables/order', '/template/variables/constructor']],
  ])('refuse the variables %j', async (variables, fields) => {
    const templates = set();
    await templates.save('default', shipped);
    await expect(templates.render('default', use(variables))).rejects.toMatchObject({
      code: 'template_variables',
      fields: fields.map((field) => ({ field })),
    });
  });

  it('say where a filled content is not valid', async () => {
    const templates = set();
    await templates.save('default', {
      ...shipped,
      variables: { name: { type: 'text', fallback: 'x' } },
      content: { text: '{{name}}' },
    });
    await expect(templates.render('default', use({ name: ' ' }))).rejects.toMatchObject({
      code: 'empty_text',
      fields: [{ field: '/template/variables' }],
    });
  });

  it.each([
    [{ text: 'Hi {{nobody}}' }, 'invalid_request'],
    [{ txt: 'Hi' }, 'unknown_field'],
    [{}, 'content_missing'],
    [{ text: 'Hi', clientRef: 'x' }, 'invalid_request'],
    [{ template: { name: 'shipped' } }, 'invalid_request'],
    [{ poll: { name: 'x', options: ['a'] } }, 'invalid_request'],
  ])('cannot be made of %j', async (content, code) => {
    await expect(
      set().save('default', { ...shipped, variables: {}, content }),
    ).rejects.toMatchObject({ code });
  });
});

describe('render', () => {
  it('never takes a value for a place, and keeps everything else', () => {
    const value = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom('{{b}}', '$&', '$1', '{{', '}}'),
    );
    fc.assert(
      fc.property(value, value, (a, b) => {
        const variables = { a: { type: 'text' as const }, b: { type: 'text' as const } };
        const content = {
          text: 'x{{a}}y{{b}}z{{a}}',
          list: ['{{ b }}', 7, null, { deep: '{{a}}' }],
        };
        expect(render({ ...shipped, variables, content }, { a, b }, '')).toEqual({
          text: `x${a}y${b}z${a}`,
          list: [b, 7, null, { deep: a }],
        });
      }),
    );
  });

  it('finds every place', () => {
    expect(
      placeholdersIn({ a: '{{x}} {{ y }} {{x}}', b: [{ c: '{{1}}' }], d: 7, e: '{{a-b}}' }),
    ).toEqual(['x', 'y', '1']);
  });
});
