import type { BinaryNode } from 'baileys';
import { NotConnected, Refused, Unanswered } from '../port.ts';
import { reasonOf, tellsOfLostConnection } from './disconnect.ts';

/** An `iq` to WhatsApp's server: something to tell (`get`) or to change (`set`). */
export interface Question {
  readonly xmlns: string;
  readonly type: 'get' | 'set';
  /** Whom it is asked of; the server itself when absent. */
  readonly to?: string;
  /** Whom it is about, in the interfaces that say it this way. */
  readonly target?: string;
  readonly content?: BinaryNode[];
}

/** Asks WhatsApp; rejects with `NotConnected`, `Unanswered` or `Refused`. */
export type Ask = (question: Question) => Promise<BinaryNode>;

/** The stanza of a question, without its id. */
export function questionNode({ xmlns, type, to, target, content }: Question): BinaryNode {
  const attrs = { to: to ?? '@s.whatsapp.net', type, xmlns, ...(target ? { target } : {}) };
  return { tag: 'iq', attrs, ...(content ? { content } : {}) };
}

/** A node of a question. */
export const node = (
  tag: string,
  attrs: BinaryNode['attrs'] = {},
  content?: BinaryNode['content'],
): BinaryNode => ({ tag, attrs, ...(content === undefined ? {} : { content }) });

const TIMED_OUT = 408;

/**
 * What a failed question means. The library puts WhatsApp's code into `data` of its errors, and gives up
 * waiting with a 408 of its own.
 */
export function questionFailure(error: unknown, isOpen: boolean): Error {
  if (!isOpen || tellsOfLostConnection(error)) {
    return new NotConnected(reasonOf(error), { cause: error });
  }
  const { data, output } = error as { data?: unknown; output?: { statusCode?: number } };
  if (typeof data === 'number' && Number.isFinite(data)) return new Refused(data, reasonOf(error));
  if (output?.statusCode === TIMED_OUT) return new Unanswered();
  return error instanceof Error ? error : new Error(reasonOf(error));
}
