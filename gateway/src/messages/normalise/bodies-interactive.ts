import type { Body, BodyReader } from './body.ts';
import { child, type Fields, fields, lines, list, number, text } from './read.ts';

/** What somebody can choose in a message with choices. */
interface Choice {
  readonly id: string | null;
  readonly text: string | null;
}

const listMessage: BodyReader = (value) => ({
  type: 'list',
  text: lines(text(value, 'title'), text(value, 'description')),
  details: {
    list: {
      title: text(value, 'title'),
      text: text(value, 'description'),
      footer: text(value, 'footerText'),
      buttonText: text(value, 'buttonText'),
      sections: list(value, 'sections').map((section) => ({
        title: text(section, 'title'),
        rows: list(section, 'rows').map((row) => ({
          id: text(row, 'rowId'),
          title: text(row, 'title'),
          description: text(row, 'description'),
        })),
      })),
    },
  },
});

const buttonsMessage: BodyReader = (value) =>
  withButtons('buttons', {
    title: text(value, 'text'),
    text: text(value, 'contentText'),
    footer: text(value, 'footerText'),
    buttons: list(value, 'buttons').map((button) => ({
      id: text(button, 'buttonId'),
      text: text(child(button, 'buttonText'), 'displayText'),
    })),
  });

/** A template comes under one of three names, the newest of which is an interactive message. */
const templateMessage: BodyReader = (value) => {
  const interactive = child(value, 'interactiveMessageTemplate');
  if (interactive) return { ...interactiveMessage(interactive), type: 'template' };
  const hydrated = child(value, 'hydratedTemplate') ?? child(value, 'hydratedFourRowTemplate');
  return withButtons('template', {
    title: text(hydrated, 'hydratedTitleText'),
    text: text(hydrated, 'hydratedContentText'),
    footer: text(hydrated, 'hydratedFooterText'),
    buttons: list(hydrated, 'hydratedButtons').map(templateButton),
  });
};

function templateButton(button: Fields): Choice {
  const [, value] = Object.entries(button).find(([name]) => name.endsWith('Button')) ?? [];
  const inner = fields(value);
  return {
    id: text(inner, 'id') ?? text(inner, 'url') ?? text(inner, 'phoneNumber'),
    text: text(inner, 'displayText'),
  };
}

const structuredTemplate: BodyReader = (value) => {
  const hydrated = child(value, 'hydratedHsm');
  if (hydrated) return templateMessage(hydrated);
  return withButtons('template', {
    title: null,
    text: text(value, 'elementName'),
    footer: null,
    buttons: [],
  });
};

const interactiveMessage: BodyReader = (value) => {
  const flow = child(value, 'nativeFlowMessage');
  const cards = list(child(value, 'carouselMessage'), 'cards');
  const body = withButtons('interactive', {
    title: text(child(value, 'header'), 'title'),
    text: text(child(value, 'body'), 'text'),
    footer: text(child(value, 'footer'), 'text'),
    buttons: list(flow, 'buttons').map((button) => {
      const parameters = json(text(button, 'buttonParamsJson'));
      return { id: text(parameters, 'id'), text: text(parameters, 'display_text') };
    }),
  });
  return cards.length === 0
    ? body
    : {
        ...body,
        text: lines(body.text, ...cards.map((card) => text(child(card, 'body'), 'text'))),
      };
};

function withButtons(
  type: 'buttons' | 'template' | 'interactive',
  parts: {
    readonly title: string | null;
    readonly text: string | null;
    readonly footer: string | null;
    readonly buttons: readonly Choice[];
  },
): Body {
  return { type, text: lines(parts.title, parts.text), details: { [type]: parts } };
}

function reply(
  type: 'list_reply' | 'button_reply' | 'interactive_reply',
  id: string | null,
  shown: string | null,
  more: Readonly<Record<string, unknown>> = {},
): Body {
  return { type, text: shown ?? id ?? '', details: { reply: { id, text: shown, ...more } } };
}

const interactiveReply: BodyReader = (value) => {
  const flow = child(value, 'nativeFlowResponseMessage');
  const parameters = json(text(flow, 'paramsJson'));
  const shown = text(child(value, 'body'), 'text');
  return reply('interactive_reply', text(parameters, 'id'), shown, {
    name: text(flow, 'name'),
    parameters,
  });
};

/** Parameters of native flows are JSON in a text; anything else reads as none. */
function json(source: string | null): Fields | null {
  if (source === null) return null;
  try {
    return fields(JSON.parse(source));
  } catch {
    return null;
  }
}

/** Messages with choices, and what was chosen. */
export const interactiveBodies: Readonly<Record<string, BodyReader>> = {
  listMessage,
  buttonsMessage,
  templateMessage,
  highlyStructuredMessage: structuredTemplate,
  interactiveMessage,
  listResponseMessage: (value) =>
    reply(
      'list_reply',
      text(child(value, 'singleSelectReply'), 'selectedRowId'),
      text(value, 'title'),
      { description: text(value, 'description') },
    ),
  buttonsResponseMessage: (value) =>
    reply('button_reply', text(value, 'selectedButtonId'), text(value, 'selectedDisplayText')),
  templateButtonReplyMessage: (value) =>
    reply('button_reply', text(value, 'selectedId'), text(value, 'selectedDisplayText'), {
      index: number(value, 'selectedIndex'),
    }),
  interactiveResponseMessage: interactiveReply,
};
