import { proto } from 'baileys';
import type {
  ButtonsContent,
  HeaderMedia,
  InteractiveContent,
  ListContent,
  TemplateButton,
  TemplateContent,
} from './choice-content.ts';
import type { Content } from './content.ts';
import { composeHeader, readHeader } from './files.ts';
import { given } from './given.ts';
import type { ComposeTools, ReadTools } from './tools.ts';

type ChoiceContent = ButtonsContent | ListContent | InteractiveContent | TemplateContent;

/** Messages with something to choose from. */
export function composeChoice(content: ChoiceContent, tools: ComposeTools): proto.IMessage {
  switch (content.type) {
    case 'buttons':
      return { buttonsMessage: composeButtons(content, tools) };
    case 'list':
      return { listMessage: composeList(content, tools) };
    case 'interactive':
      return { interactiveMessage: composeInteractive(content, tools) };
    case 'template':
      return { templateMessage: composeTemplate(content, tools) };
  }
}

export function readChoice(message: proto.IMessage, tools: ReadTools): Content | null {
  if (message.buttonsMessage) return readButtons(message.buttonsMessage, tools);
  if (message.listMessage) return readList(message.listMessage, tools);
  if (message.interactiveMessage) return readInteractive(message.interactiveMessage, tools);
  if (message.templateMessage) return readTemplate(message.templateMessage, tools);
  return null;
}

const { HeaderType, Button } = proto.Message.ButtonsMessage;

function composeButtons(
  content: ButtonsContent,
  tools: ComposeTools,
): proto.Message.IButtonsMessage {
  const { text, title, header, footer, buttons } = content;
  return {
    contentText: text,
    headerType: headerTypeOf(header, title),
    ...(header ? composeHeader(header, tools) : given({ text: title })),
    ...given({ footerText: footer }),
    buttons: buttons.map((button) => ({
      buttonId: button.id,
      buttonText: { displayText: button.text },
      type: Button.Type.RESPONSE,
    })),
    ...tools.frame(content),
  };
}

function headerTypeOf(header: HeaderMedia | undefined, title: string | undefined) {
  switch (header?.type) {
    case undefined:
      return title === undefined ? HeaderType.EMPTY : HeaderType.TEXT;
    case 'image':
      return HeaderType.IMAGE;
    case 'video':
      return HeaderType.VIDEO;
    case 'document':
      return HeaderType.DOCUMENT;
  }
}

function readButtons(message: proto.Message.IButtonsMessage, tools: ReadTools): ButtonsContent {
  return {
    type: 'buttons',
    text: message.contentText ?? '',
    ...given({ title: message.text, footer: message.footerText }),
    ...readHeader(message, tools),
    buttons: (message.buttons ?? []).map((button) => ({
      id: button.buttonId ?? '',
      text: button.buttonText?.displayText ?? '',
    })),
    ...tools.frame(message.contextInfo),
  };
}

function composeList(content: ListContent, tools: ComposeTools): proto.Message.IListMessage {
  return {
    description: content.text,
    buttonText: content.button,
    listType: proto.Message.ListMessage.ListType.SINGLE_SELECT,
    ...given({ title: content.title, footerText: content.footer }),
    sections: content.sections.map((section) => ({
      ...given({ title: section.title }),
      rows: section.rows.map(({ id, title, description }) => ({
        rowId: id,
        title,
        ...given({ description }),
      })),
    })),
    ...tools.frame(content),
  };
}

function readList(message: proto.Message.IListMessage, tools: ReadTools): ListContent {
  return {
    type: 'list',
    text: message.description ?? '',
    button: message.buttonText ?? '',
    ...given({ title: message.title, footer: message.footerText }),
    sections: (message.sections ?? []).map((section) => ({
      ...given({ title: section.title }),
      rows: (section.rows ?? []).map((row) => ({
        id: row.rowId ?? '',
        title: row.title ?? '',
        ...given({ description: row.description }),
      })),
    })),
    ...tools.frame(message.contextInfo),
  };
}

function composeInteractive(
  content: InteractiveContent,
  tools: ComposeTools,
): proto.Message.IInteractiveMessage {
  const { text, title, header, footer, buttons } = content;
  const hasHeader = title !== undefined || header !== undefined;
  return {
    body: { text },
    ...(footer === undefined ? {} : { footer: { text: footer } }),
    ...(hasHeader
      ? {
          header: {
            ...given({ title }),
            hasMediaAttachment: header !== undefined,
            ...composeHeader(header, tools),
          },
        }
      : {}),
    nativeFlowMessage: {
      messageVersion: 1,
      buttons: buttons.map(({ name, params }) => ({ name, buttonParamsJson: params })),
    },
    ...tools.frame(content),
  };
}

function readInteractive(
  message: proto.Message.IInteractiveMessage,
  tools: ReadTools,
): InteractiveContent {
  return {
    type: 'interactive',
    text: message.body?.text ?? '',
    ...given({ title: message.header?.title, footer: message.footer?.text }),
    ...(message.header ? readHeader(message.header, tools) : {}),
    buttons: (message.nativeFlowMessage?.buttons ?? []).map((button) => ({
      name: button.name ?? '',
      params: button.buttonParamsJson ?? '',
    })),
    ...tools.frame(message.contextInfo),
  };
}

function composeTemplate(
  content: TemplateContent,
  tools: ComposeTools,
): proto.Message.ITemplateMessage {
  const { text, title, header, footer, buttons } = content;
  const template: proto.Message.TemplateMessage.IHydratedFourRowTemplate = {
    hydratedContentText: text,
    ...given({ hydratedFooterText: footer }),
    ...(header ? composeHeader(header, tools) : given({ hydratedTitleText: title })),
    hydratedButtons: buttons.map(composeTemplateButton),
  };
  return { hydratedTemplate: template, ...tools.frame(content) };
}

function composeTemplateButton(
  button: TemplateButton,
  index: number,
): proto.IHydratedTemplateButton {
  const displayText = button.text;
  switch (button.kind) {
    case 'reply':
      return { index, quickReplyButton: { displayText, id: button.id } };
    case 'url':
      return { index, urlButton: { displayText, url: button.url } };
    case 'call':
      return { index, callButton: { displayText, phoneNumber: button.phone } };
  }
}

/** A template that carries an interactive message is read as that. */
function readTemplate(message: proto.Message.ITemplateMessage, tools: ReadTools): Content {
  if (message.interactiveMessageTemplate) {
    return readInteractive(message.interactiveMessageTemplate, tools);
  }
  const template = message.hydratedTemplate ?? message.hydratedFourRowTemplate ?? {};
  return {
    type: 'template',
    text: template.hydratedContentText ?? '',
    ...given({ title: template.hydratedTitleText, footer: template.hydratedFooterText }),
    ...readHeader(template, tools),
    buttons: (template.hydratedButtons ?? []).map(readTemplateButton),
    ...tools.frame(message.contextInfo),
  };
}

function readTemplateButton(button: proto.IHydratedTemplateButton): TemplateButton {
  const { quickReplyButton, urlButton, callButton } = button;
  if (urlButton) {
    return { kind: 'url', text: urlButton.displayText ?? '', url: urlButton.url ?? '' };
  }
  if (callButton) {
    return {
      kind: 'call',
      text: callButton.displayText ?? '',
      phone: callButton.phoneNumber ?? '',
    };
  }
  return {
    kind: 'reply',
    text: quickReplyButton?.displayText ?? '',
    id: quickReplyButton?.id ?? '',
  };
}
