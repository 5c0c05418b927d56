import type { proto } from 'baileys';
import { readAction } from './actions.ts';
import type { Content } from './content.ts';
import { openMessage } from './envelope.ts';
import { readFile } from './files.ts';
import { readFrame } from './frame.ts';
import { readChoice } from './interactive.ts';
import { readPollOrEvent } from './polls.ts';
import { readProtocol } from './protocol.ts';
import { readReply } from './replies.ts';
import type { FamilyReader, ReadContext, ReadTools } from './tools.ts';
import { readWords } from './words.ts';

/** Actions before protocol: both live in `protocolMessage`. */
const FAMILIES: readonly FamilyReader[] = [
  readWords,
  readFile,
  readPollOrEvent,
  readAction,
  readChoice,
  readReply,
  readProtocol,
];

/** A quote in an edit in a quote: real messages nest twice. */
const MAX_DEPTH = 4;

/** Fields that carry keys and context, never content. */
const SILENT_FIELDS = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
]);

/**
 * What a decoded message says, its wrappers taken off. Total: any decoded protobuf gives a content, at
 * worst `unsupported` with the name of the field.
 */
export function read(message: proto.IMessage, context: ReadContext = {}): Content {
  return readAt(message, context, 0);
}

function readAt(message: proto.IMessage, context: ReadContext, depth: number): Content {
  if (depth > MAX_DEPTH) return { type: 'unsupported', name: 'nested too deeply' };
  const opened = openMessage(message);
  const tools: ReadTools = {
    context,
    viewOnce: opened.viewOnce,
    frame: (info) => readFrame(info, tools),
    read: (inner) => readAt(inner, context, depth + 1),
  };
  for (const family of FAMILIES) {
    const content = family(opened.message, tools);
    if (content) return content;
  }
  const name = Object.entries(opened.message).find(
    ([field, value]) => value !== null && value !== undefined && !SILENT_FIELDS.has(field),
  )?.[0];
  return name === undefined ? { type: 'nothing' } : { type: 'unsupported', name };
}
