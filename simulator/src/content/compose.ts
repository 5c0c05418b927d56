import type { proto } from 'baileys';
import { composeAction } from './actions.ts';
import type { Content } from './content.ts';
import { composeFile } from './files.ts';
import { composeFrame } from './frame.ts';
import { composeChoice } from './interactive.ts';
import { composePollOrEvent } from './polls.ts';
import { composeProtocol } from './protocol.ts';
import { composeReply } from './replies.ts';
import type { ComposeContext, ComposeTools } from './tools.ts';
import { composeWords } from './words.ts';

/**
 * The protobuf of a content, as a phone would send it; files are encrypted and stored on the way.
 * Throws for answers and sealed messages to what `parentOf` does not know, and for `unsupported`.
 */
export function compose(content: Content, context: ComposeContext): proto.IMessage {
  const tools: ComposeTools = {
    context,
    frame: (frame) => composeFrame(frame, tools),
    compose: (inner) => compose(inner, context),
  };
  switch (content.type) {
    case 'text':
    case 'location':
    case 'live-location':
    case 'contacts':
    case 'group-invite':
    case 'album':
      return composeWords(content, tools);
    case 'image':
    case 'video':
    case 'audio':
    case 'document':
    case 'sticker':
      return composeFile(content, tools);
    case 'poll':
    case 'poll-vote':
    case 'event':
    case 'event-response':
      return composePollOrEvent(content, tools);
    case 'reaction':
    case 'comment':
    case 'edit':
    case 'delete':
    case 'pin':
      return composeAction(content, tools);
    case 'buttons':
    case 'list':
    case 'interactive':
    case 'template':
      return composeChoice(content, tools);
    case 'button-reply':
    case 'list-reply':
    case 'interactive-reply':
    case 'template-reply':
      return composeReply(content, tools);
    case 'app-state-keys':
    case 'app-state-key-request':
    case 'history':
    case 'history-request':
    case 'placeholder-request':
    case 'placeholder-response':
    case 'ephemeral-setting':
    case 'lid-mappings':
    case 'share-phone-number':
      return composeProtocol(content, tools);
    case 'nothing':
      return {};
    case 'unsupported':
      throw new Error(`a message of kind ${content.name} cannot be composed`);
  }
}
