import { child, type Fields, fields } from './read.ts';

/** Messages inside messages: each of these holds the real one under `message`. */
const WRAPPERS: ReadonlySet<string> = new Set([
  'associatedChildMessage',
  'botForwardedMessage',
  'botInvokeMessage',
  'botTaskMessage',
  'commentMessage',
  'deviceSentMessage',
  'documentWithCaptionMessage',
  'editedMessage',
  'ephemeralMessage',
  'eventCoverImage',
  'groupMentionedMessage',
  'groupStatusMentionMessage',
  'groupStatusMessage',
  'groupStatusMessageV2',
  'limitSharingMessage',
  'lottieStickerMessage',
  'pollCreationMessageV4',
  'pollCreationOptionImageMessage',
  'questionMessage',
  'questionReplyMessage',
  'statusAddYours',
  'statusMentionMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
]);

const VIEW_ONCE = /^viewOnceMessage/;

/** What stands beside the content and is never content itself. */
const COMPANIONS: ReadonlySet<string> = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
]);

/** Deeper than any client nests; beyond it the content counts as unknown. */
const MAX_DEPTH = 8;

/** The innermost message and what its wrappers say. */
export interface Unwrapped {
  /** Name of the protobuf field that holds the content, such as `imageMessage`; null: there is none. */
  readonly rawType: string | null;
  /** The value of that field. */
  readonly value: unknown;
  readonly viewOnce: boolean;
  /** The wrappers from the outermost inwards. */
  readonly wrappers: readonly string[];
  /** `messageContextInfo`, from whichever layer has it; the innermost wins. */
  readonly companion: Fields | null;
  /** The comment wrapper, which names the message that is commented on. */
  readonly comment: Fields | null;
}

/** Takes a message out of its wrappers. */
export function unwrap(content: unknown): Unwrapped {
  const wrappers: string[] = [];
  let companion: Fields | null = null;
  let comment: Fields | null = null;
  let layer = fields(content);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    companion = child(layer, 'messageContextInfo') ?? companion;
    const rawType = contentField(layer);
    const value = rawType === null ? null : layer?.[rawType];
    const inner = child(fields(value), 'message');
    if (rawType === null || inner === null || !WRAPPERS.has(rawType)) {
      const viewOnce = wrappers.some((name) => VIEW_ONCE.test(name));
      return { rawType, value, viewOnce, wrappers, companion, comment };
    }
    if (rawType === 'commentMessage') comment = fields(value);
    wrappers.push(rawType);
    layer = inner;
  }
  return {
    rawType: wrappers[0] ?? null,
    value: null,
    viewOnce: false,
    wrappers,
    companion,
    comment,
  };
}

/** The first field with something in it that is content. */
function contentField(layer: Fields | null): string | null {
  if (layer === null) return null;
  const found = Object.keys(layer).find(
    (name) => !COMPANIONS.has(name) && layer[name] !== null && layer[name] !== undefined,
  );
  return found ?? null;
}
