import type { MessageView } from '../../../src/control/contract/views.ts';
import { word } from './word.ts';

type Json = Readonly<Record<string, unknown>>;

/** Something that can be chosen in a message. */
export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly detail: string | null;
  /** Leads to a page instead of an answer. */
  readonly url: string | null;
  /** The content that says it was chosen; null when nothing is said. */
  readonly reply: ({ readonly type: string } & Json) | null;
}

/** What a message with buttons or a list offers; empty for all others. */
export function choicesOf({ type, content }: Pick<MessageView, 'type' | 'content'>): Choice[] {
  switch (type) {
    case 'buttons':
      return listOf(content['buttons']).map((button, index) => {
        const id = word(button['id']);
        const text = word(button['text']);
        return choice(index, text, { type: 'button-reply', id, text });
      });
    case 'template':
      return listOf(content['buttons']).map(templateButton);
    case 'list':
      return listOf(content['sections'])
        .flatMap((section) => listOf(section['rows']))
        .map((row, index) => {
          const id = word(row['id']);
          const title = word(row['title']);
          const detail = detailOf(row);
          const description = detail === null ? {} : { description: detail };
          return {
            ...choice(index, title, { type: 'list-reply', id, title, ...description }),
            detail,
          };
        });
    case 'interactive':
      return listOf(content['buttons']).flatMap(flowButton);
    default:
      return [];
  }
}

function templateButton(button: Json, index: number): Choice {
  const text = word(button['text']);
  if (button['kind'] === 'url') return { ...choice(index, text, null), url: webUrl(button['url']) };
  if (button['kind'] === 'call') return choice(index, `${text} (${word(button['phone'])})`, null);
  return choice(index, text, { type: 'template-reply', id: word(button['id']), text, index });
}

/** Buttons of the native flow carry their words as JSON text. */
function flowButton(button: Json, index: number): Choice[] {
  const name = word(button['name']);
  const params = parse(button['params']);
  const text = word(params['display_text'], params['title'], name);
  if (name === 'cta_url') return [{ ...choice(index, text, null), url: webUrl(params['url']) }];
  if (name !== 'single_select') {
    const id = word(params['id'], text);
    return [choice(index, text, flowReply(name, { id, display_text: text }, text))];
  }
  return listOf(params['sections'])
    .flatMap((section) => listOf(section['rows']))
    .map((row, rowIndex) => {
      const title = word(row['title'], row['id']);
      const reply = flowReply(name, { id: word(row['id']) }, title);
      return { ...choice(index * 100 + rowIndex, title, reply), detail: detailOf(row) };
    });
}

function flowReply(name: string, params: Json, text: string) {
  return { type: 'interactive-reply', name, params: JSON.stringify(params), text };
}

function choice(index: number, label: string, reply: Choice['reply']): Choice {
  return { key: `${index} ${label}`, label, detail: null, url: null, reply };
}

function detailOf(row: Json): string | null {
  return typeof row['description'] === 'string' ? row['description'] : null;
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** Only addresses of pages: a message may hold anything, `javascript:` included. */
function webUrl(value: unknown): string | null {
  return typeof value === 'string' && /^https?:\/\//i.test(value) ? value : null;
}

function parse(text: unknown): Json {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
