import type { BackoffPolicy } from '../kernel/backoff.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import { UNCONFIRMED } from '../messages/store.ts';
import { NotConnected, type RelayOutcome } from '../whatsapp/port.ts';
import type { JobError } from './store.ts';

/** What becomes of a job after a try. */
export type AfterTry =
  | { readonly kind: 'sent' }
  | { readonly kind: 'failed'; readonly error: JobError }
  | { readonly kind: 'again'; readonly reason: string };

/** Pause before the same bytes go out again under the same id. */
export const RETRY_BACKOFF: BackoffPolicy = { baseMs: 2_000, capMs: 60_000 };

/**
 * A message that was sent this often without an answer is given up: something about it makes the
 * connection fail, and everything behind it waits.
 */
const MAX_TRIES = 8;

/**
 * Tries of a message that WhatsApp answers with "too many" (429). Nothing else goes out in between:
 * `pacing/restrictions` holds the session, longer each time.
 */
const MAX_RATE_TRIES = 5;

/** Content that cannot be made into bytes this often, on an open connection, is given up. */
const MAX_PREPARE_FAILURES = 4;

const TOO_MANY = 429;

/** Meaning of WhatsApp's refusals. */
const REFUSALS: Readonly<Record<number, { code: ProblemCode; message: string }>> = {
  403: { code: 'chat_not_writable', message: 'You may not write in this chat.' },
  404: { code: 'recipient_not_found', message: 'The chat does not exist.' },
  406: { code: 'message_not_acceptable', message: 'WhatsApp does not accept this message.' },
  [TOO_MANY]: {
    code: 'whatsapp_rate_limited',
    message: 'WhatsApp asks for fewer messages. Send more slowly.',
  },
  463: {
    code: 'new_chat_restricted',
    message: 'WhatsApp currently lets this number answer only chats that wrote to it.',
  },
  479: { code: 'recipient_devices_stale', message: 'WhatsApp refused the list of devices.' },
};

/**
 * Decides from WhatsApp's answer; `attempts` counts this try. Refusals are never repeated, but for the
 * one that is about the pace and not about the message.
 */
export function afterTry(outcome: RelayOutcome, attempts: number): AfterTry {
  switch (outcome.kind) {
    case 'acked':
      return { kind: 'sent' };
    case 'rejected': {
      if (outcome.code === TOO_MANY && attempts < MAX_RATE_TRIES) {
        return { kind: 'again', reason: 'WhatsApp asks for fewer messages' };
      }
      const known = REFUSALS[outcome.code];
      return {
        kind: 'failed',
        error: {
          code: known?.code ?? 'rejected_by_whatsapp',
          whatsappCode: outcome.code,
          message: known?.message ?? `WhatsApp refused the message with code ${outcome.code}.`,
        },
      };
    }
    case 'unconfirmed':
      return attempts < MAX_TRIES
        ? { kind: 'again', reason: outcome.reason }
        : { kind: 'failed', error: neverConfirmed(outcome.reason) };
  }
}

/** Decides when the bytes could not be made; `failures` counts this one. Being offline costs nothing. */
export function afterPreparing(error: Error, failures: number): AfterTry {
  if (error instanceof NotConnected || failures < MAX_PREPARE_FAILURES) {
    return { kind: 'again', reason: error.message };
  }
  return {
    kind: 'failed',
    error: {
      code: 'media_upload_failed',
      whatsappCode: null,
      message: `The content could not be prepared for WhatsApp (${error.message}).`,
    },
  };
}

function neverConfirmed(reason: string): JobError {
  return {
    code: UNCONFIRMED,
    whatsappCode: null,
    message: `WhatsApp never confirmed the message (${reason}).`,
  };
}
