import type { OutgoingBody } from '../whatsapp/content.ts';
import type { Content } from './catalogue/content.ts';

/** Content that offers something to choose from. */
export type ChoiceContent = Content & { readonly type: 'list' | 'buttons' };

/** One thing that can be chosen. */
export interface Choice {
  readonly id: string;
  readonly text: string;
  readonly description: string | null;
}

/** How lists and buttons went out. */
export type RenderedAs = 'interactive' | 'numbered_text';

/** How this content goes out; null for content without choices. */
export function renderingOf(content: Content): RenderedAs | null {
  if (content.type !== 'list' && content.type !== 'buttons') return null;
  return content.interactive ? 'interactive' : 'numbered_text';
}

/** What goes on the wire for it. */
export const choicesBody = (content: ChoiceContent): OutgoingBody =>
  content.interactive
    ? interactiveChoices(content)
    : { type: 'text', text: renderChoices(content) };

/** The label of a list's button where none is given: an ellipsis needs no language. */
const NO_LABEL = '…';

/** Lists and buttons as WhatsApp's own: a list is one button that opens it. */
export function interactiveChoices(
  content: ChoiceContent,
): Extract<OutgoingBody, { type: 'interactive' }> {
  const { text, footer } = content;
  const common = { type: 'interactive', text, footer } as const;
  if (content.type === 'buttons') {
    const buttons = content.buttons.map(({ id, text: display_text }) => ({
      name: 'quick_reply' as const,
      params: JSON.stringify({ display_text, id }),
    }));
    return { ...common, title: null, buttons };
  }
  const sections = content.sections.map(({ title, rows }) => ({
    title: title ?? '',
    rows: rows.map(({ description, ...row }) => ({ ...row, description: description ?? '' })),
  }));
  const params = JSON.stringify({ title: content.buttonText ?? NO_LABEL, sections });
  return { ...common, title: content.title, buttons: [{ name: 'single_select', params }] };
}

/**
 * Lists and buttons as numbered text. WhatsApp shows interactive messages of other accounts than
 * official business ones on some clients only and drops them silently on the rest, so text is what
 * reaches everybody; the number that comes back is turned into the id again (see `chosen`).
 */
export function renderChoices(content: ChoiceContent): string {
  let number = 0;
  const line = ({ text, description }: Choice): string => {
    number++;
    return description === null ? `${number}. ${text}` : `${number}. ${text}\n    ${description}`;
  };
  const sections = sectionsOf(content).map(({ title, choices }) =>
    [...(title === null ? [] : [bold(title)]), ...choices.map(line)].join('\n'),
  );
  return [
    content.type === 'list' && content.title !== null ? bold(content.title) : null,
    content.text,
    ...sections,
    content.hint,
    content.footer === null ? null : italic(content.footer),
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

/** Everything that can be chosen, in the order of its numbers. */
export const choicesOf = (content: ChoiceContent): Choice[] =>
  sectionsOf(content).flatMap(({ choices }) => choices);

/**
 * What somebody chose who typed `typed`: its number ("2", "2.", "(2)", "2️⃣"), or exactly its text or id
 * in any case. Null when it is neither: people may answer anything.
 */
export function chosen(choices: readonly Choice[], typed: string): Choice | null {
  const text = typed.trim();
  const number = /^\(?(\d{1,3})\ufe0f?\u20e3?\s?[.):]?$/.exec(text)?.[1];
  if (number !== undefined) return choices[Number(number) - 1] ?? null;
  const wanted = text.toLowerCase();
  return (
    choices.find((choice) => choice.text.toLowerCase() === wanted) ??
    choices.find((choice) => choice.id.toLowerCase() === wanted) ??
    null
  );
}

function sectionsOf(content: ChoiceContent): { title: string | null; choices: Choice[] }[] {
  if (content.type === 'buttons') {
    const choices = content.buttons.map(({ id, text }) => ({ id, text, description: null }));
    return [{ title: null, choices }];
  }
  return content.sections.map(({ title, rows }) => ({
    title,
    choices: rows.map(({ id, title: text, description }) => ({ id, text, description })),
  }));
}

/** WhatsApp's own marks; a mark inside would end it early. */
const bold = (text: string): string => (text.includes('*') ? text : `*${text}*`);
const italic = (text: string): string => (text.includes('_') ? text : `_${text}_`);
