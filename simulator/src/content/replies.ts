import { proto } from 'baileys';
import type { ReplyContent } from './choice-content.ts';
import type { Content } from './content.ts';
import { given } from './given.ts';
import type { ComposeTools, ReadTools } from './tools.ts';

/** Choices that somebody made in a message with buttons or a list. */
export function composeReply(content: ReplyContent, tools: ComposeTools): proto.IMessage {
  switch (content.type) {
    case 'button-reply':
      return {
        buttonsResponseMessage: {
          selectedButtonId: content.id,
          selectedDisplayText: content.text,
          type: proto.Message.ButtonsResponseMessage.Type.DISPLAY_TEXT,
          ...tools.frame(content),
        },
      };
    case 'list-reply':
      return {
        listResponseMessage: {
          title: content.title,
          listType: proto.Message.ListResponseMessage.ListType.SINGLE_SELECT,
          singleSelectReply: { selectedRowId: content.id },
          ...given({ description: content.description }),
          ...tools.frame(content),
        },
      };
    case 'interactive-reply':
      return {
        interactiveResponseMessage: {
          body: {
            ...given({ text: content.text }),
            format: proto.Message.InteractiveResponseMessage.Body.Format.DEFAULT,
          },
          nativeFlowResponseMessage: {
            name: content.name,
            paramsJson: content.params,
            version: 3,
          },
          ...tools.frame(content),
        },
      };
    case 'template-reply':
      return {
        templateButtonReplyMessage: {
          selectedId: content.id,
          selectedDisplayText: content.text,
          ...given({ selectedIndex: content.index }),
          ...tools.frame(content),
        },
      };
  }
}

export function readReply(message: proto.IMessage, tools: ReadTools): Content | null {
  const { buttonsResponseMessage: button, listResponseMessage: list } = message;
  const { interactiveResponseMessage: flow, templateButtonReplyMessage: template } = message;
  if (button) {
    return {
      type: 'button-reply',
      id: button.selectedButtonId ?? '',
      text: button.selectedDisplayText ?? '',
      ...tools.frame(button.contextInfo),
    };
  }
  if (list) {
    return {
      type: 'list-reply',
      id: list.singleSelectReply?.selectedRowId ?? '',
      title: list.title ?? '',
      ...given({ description: list.description }),
      ...tools.frame(list.contextInfo),
    };
  }
  if (flow) {
    return {
      type: 'interactive-reply',
      name: flow.nativeFlowResponseMessage?.name ?? '',
      params: flow.nativeFlowResponseMessage?.paramsJson ?? '',
      ...given({ text: flow.body?.text }),
      ...tools.frame(flow.contextInfo),
    };
  }
  if (template) {
    return {
      type: 'template-reply',
      id: template.selectedId ?? '',
      text: template.selectedDisplayText ?? '',
      ...given({ index: template.selectedIndex }),
      ...tools.frame(template.contextInfo),
    };
  }
  return null;
}
