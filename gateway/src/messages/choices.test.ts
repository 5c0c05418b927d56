import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentFromSend } from './catalogue/catalogue.ts';
import {
  type ChoiceContent,
  choicesOf,
  chosen,
  interactiveChoices,
  renderChoices,
} from './choices.ts';

const read = (body: object) =>
  contentFromSend({ to: '5511999999999', ...body }).content as ChoiceContent;

const menu = read({
  list: {
    title: 'Menu',
    text: 'What would you like?',
    footer: 'Until 15:00',
    hint: 'Reply with the number.',
    sections: [
      { title: 'Mains', rows: [{ id: 'soup', title: 'Soup', description: 'of the day' }] },
      {
        rows: [
          { id: 'tea', title: 'Tea' },
          { id: '7', title: 'Water' },
        ],
      },
    ],
  },
});
const question = read({
  buttons: {
    text: 'Sure?',
    buttons: [
      { id: 'y', text: 'Yes' },
      { id: 'n', text: 'No' },
    ],
  },
});

describe('renderChoices', () => {
  it('numbers a list through its sections', () => {
    expect(renderChoices(menu)).toBe(
      [
        '*Menu*',
        '',
        'What would you like?',
        '',
        '*Mains*',
        '1. Soup',
        '    of the day',
        '',
        '2. Tea',
        '3. Water',
        '',
        'Reply with the number.',
        '',
        '_Until 15:00_',
      ].join('\n'),
    );
  });

  it('numbers buttons', () => {
    expect(renderChoices(question)).toBe('Sure?\n\n1. Yes\n2. No');
  });
});

describe('interactiveChoices', () => {
  it('makes a button of each button, and one that opens the list', () => {
    const taps = interactiveChoices(question).buttons.map(({ params }) => JSON.parse(params));
    expect(taps).toEqual([
      { display_text: 'Yes', id: 'y' },
      { display_text: 'No', id: 'n' },
    ]);
    const { title, footer, buttons } = interactiveChoices(menu);
    expect({ title, footer, names: buttons.map(({ name }) => name) }).toEqual({
      title: 'Menu',
      footer: 'Until 15:00',
      names: ['single_select'],
    });
    const { sections } = JSON.parse(buttons[0]?.params ?? '');
    expect(sections).toMatchObject([
      { title: 'Mains', rows: [{ id: 'soup', title: 'Soup', description: 'of the day' }] },
      { rows: [{ id: 'tea' }, { id: '7' }] },
    ]);
  });
});

describe('chosen', () => {
  it.each([
    ['1', 'soup'],
    [' 2. ', 'tea'],
    ['(3)', '7'],
    ['2️⃣', 'tea'],
    ['2)', 'tea'],
    ['tea', 'tea'],
    ['SOUP', 'soup'],
    ['Water', '7'],
    ['7', undefined],
    ['0', undefined],
    ['4', undefined],
    ['1 please', undefined],
    ['', undefined],
  ])('reads %j as %s', (typed, id) => {
    expect(chosen(choicesOf(menu), typed)?.id).toBe(id);
  });

  it('finds each choice by the number that is printed before it', () => {
    const titles = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(titles, (texts) => {
        const content = read({
          buttons: { text: 'Pick', buttons: texts.map((text, i) => ({ id: `id-${i}`, text })) },
        });
        const printed = renderChoices(content).matchAll(/^(\d+)\. (.*)$/gm);
        const found = Array.from(printed, ([, number, text]) => [
          chosen(choicesOf(content), number ?? '')?.text,
          text,
        ]);
        expect(found).toHaveLength(texts.length);
        expect(found.every(([one, other]) => one === other)).toBe(true);
      }),
    );
  });
});
