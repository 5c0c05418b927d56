import { Problem } from '../kernel/errors.ts';
import type { HeaderMedium, OutgoingBody } from '../whatsapp/content.ts';
import type { Content } from './catalogue/content.ts';

const MAX_CAPTION = 1024;

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

/** What goes on the wire for it, under the medium of its header; numbered text is its caption. */
export function choicesBody(content: ChoiceContent, header: HeaderMedium | null): OutgoingBody {
  if (content.interactive) {
    return { ...interactiveChoices(content), ...(header === null ? {} : { header }) };
  }
  const text = renderChoices(content);
  return header === null ? { type: 'text', text } : { ...header, caption: text };
}

/** Numbered text under a medium is a caption, which clients cut. Throws `text_too_long`. */
export function refuseLongCaption(text: string): void {
  if (text.length <= MAX_CAPTION) return;
  throw new Problem(
    'text_too_long',
    `As numbered text under a medium the message has ${text.length} characters; a caption has at most ${MAX_CAPTION}.`,
    [{ field: '/text', message: 'Is too long together with the choices' }],
  );
}

/** The medium above the buttons, still to be fetched; null: there is none. */
export function headerMedium(content: ChoiceContent) {
  if (content.type !== 'buttons' || content.header === null) return null;
  return content.header.type === 'text' ? null : content.header;
}

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
    return { ...common, title: titleOf(content), buttons };
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
  const title = titleOf(content);
  const line = ({ text, description }: Choice): string => {
    number++;
    return description === null ? `${number}. ${text}` : `${number}. ${text}\n    ${description}`;
  };
  const sections = sectionsOf(content).map(({ title, choices }) =>
    [...(title === null ? [] : [bold(title)]), ...choices.map(line)].join('\n'),
  );
  return [
    title === null ? null : bold(title),
    content.text,
    ...sections,
    content.hint,
    content.footer === null ? null : italic(content.footer),
  ]
    .filter((part) => part !== null)
    .join('\n\n');
}

/** The line at its top. */
function titleOf(content: ChoiceContent): string | null {
  if (content.type === 'list') return content.title;
  return content.header?.type === 'text' ? content.header.text : null;
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
