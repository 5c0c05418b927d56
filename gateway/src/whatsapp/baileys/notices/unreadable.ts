import type { BinaryNode } from 'baileys';
import type { UnreadableNotice } from '../../notice.ts';
import type { DecryptionFailure } from '../../port.ts';
import { type OwnAddresses, readEnvelope } from '../envelope.ts';
import { payloadNodes } from '../journal.ts';
import { childOf } from './stanza.ts';

/**
 * A message that comes without content: WhatsApp leaves that to the phone, which is asked for it. Null
 * for all others. Never throws.
 */
export function readPlaceholder(
  stanza: BinaryNode,
  own: OwnAddresses,
  receivedAtMs: number,
): UnreadableNotice | null {
  const note = childOf(stanza, 'unavailable');
  if (!note || payloadNodes(stanza).length > 0) return null;
  // What may be viewed once is shown by the phone only; nobody hands it to linked devices.
  const reason = note.attrs['type']?.startsWith('view_once') ? 'phone_only' : 'placeholder';
  return noticeOf(stanza, own, receivedAtMs, reason);
}

/** What whatsapp-rust-bridge 0.5.4 says, for a device's own session and for its key to a group. */
const NOT_KNOWN = /SessionNotFound|no sender key/;

/** Tells the kinds of failure apart by what the Signal layer said. Never throws. */
export function failureOf(error: unknown): DecryptionFailure {
  return error instanceof Error && NOT_KNOWN.test(error.message) ? 'no_session' : 'undecryptable';
}

/** A message whose decryption failed; null for those that are not meant for people. Never throws. */
export function unreadableNotice(
  stanza: BinaryNode,
  error: unknown,
  own: OwnAddresses,
  receivedAtMs: number,
): UnreadableNotice | null {
  return noticeOf(stanza, own, receivedAtMs, failureOf(error));
}

function noticeOf(
  stanza: BinaryNode,
  own: OwnAddresses,
  receivedAtMs: number,
  reason: UnreadableNotice['reason'],
): UnreadableNotice | null {
  const envelope = readEnvelope(stanza, own);
  if (!envelope || envelope.category === 'peer') return null;
  const { messageId, chat, chatAlt, participant, participantAlt, fromMe, timestampMs } = envelope;
  return {
    type: 'unreadable',
    messageId,
    chat: { address: chat, alt: chatAlt },
    participant: participant === null ? null : { address: participant, alt: participantAlt },
    fromMe,
    timestampMs: timestampMs ?? receivedAtMs,
    reason,
  };
}
