import { bytes, child, type Fields, fields, number } from './read.ts';

/** What a sealed message does to the one that it is about. */
export type AddOnUse =
  | 'poll_vote'
  | 'event_response'
  | 'reaction'
  | 'comment'
  | 'message_edit'
  | 'event_edit';

/** Ciphertext with its tag at the end, and its nonce, as they came. */
export interface Sealed {
  readonly payload: Uint8Array;
  readonly iv: Uint8Array;
}

/** A message that only those can read who have the secret of another message. */
export interface AddOn {
  readonly use: AddOnUse;
  /** The key of the message that it is about, from its writer's view. */
  readonly key: Fields | null;
  readonly sealed: Sealed;
}

/** Numbers of `SecretEncryptedMessage.SecretEncType`; there are others, for what is not read here. */
const EDITS: ReadonlyMap<number | null, AddOnUse> = new Map([
  [1, 'event_edit'],
  [2, 'message_edit'],
]);

/** Reads an unwrapped content field; null when it is no add-on, one of a new kind, or incomplete. Pure. */
export function readAddOn(rawType: string, value: unknown): AddOn | null {
  const content = fields(value);
  switch (rawType) {
    case 'pollUpdateMessage':
      return addOn('poll_vote', child(content, 'pollCreationMessageKey'), child(content, 'vote'));
    case 'encEventResponseMessage':
      return addOn('event_response', child(content, 'eventCreationMessageKey'), content);
    case 'encReactionMessage':
      return addOn('reaction', child(content, 'targetMessageKey'), content);
    case 'encCommentMessage':
      return addOn('comment', child(content, 'targetMessageKey'), content);
    case 'secretEncryptedMessage': {
      const use = EDITS.get(number(content, 'secretEncType'));
      return use === undefined ? null : addOn(use, child(content, 'targetMessageKey'), content);
    }
    default:
      return null;
  }
}

function addOn(use: AddOnUse, key: Fields | null, box: Fields | null): AddOn | null {
  const payload = bytes(box, 'encPayload');
  const iv = bytes(box, 'encIv');
  return payload === null || iv === null ? null : { use, key, sealed: { payload, iv } };
}
