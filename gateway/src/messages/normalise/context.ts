import { isSharedChat } from '../../contacts/address.ts';
import { readBody } from './content.ts';
import type { AdInfo, QuotedInfo } from './payload.ts';
import { child, type Fields, fields, flag, number, text, texts } from './read.ts';
import { unwrap } from './unwrap.ts';

/** What `contextInfo` says beside the content. */
export interface Context {
  readonly quoted: QuotedInfo | null;
  readonly mentions: readonly string[];
  /** Everyone in the group is mentioned. */
  readonly mentionsAll: boolean;
  readonly forwarded: boolean;
  readonly forwardingScore: number;
  readonly expiresAfterSeconds: number | null;
  readonly ad: AdInfo | null;
}

/** Reads the context of a content field; `canonical` turns addresses into the form consumers see. */
export function readContext(value: unknown, canonical: (address: string) => string): Context {
  const context = child(fields(value), 'contextInfo');
  const score = Math.max(0, number(context, 'forwardingScore') ?? 0);
  const forwarded = flag(context, 'isForwarded') || score > 0;
  return {
    quoted: quoted(context, canonical),
    mentions: [...new Set(texts(context, 'mentionedJid').map(canonical))],
    mentionsAll: (number(context, 'nonJidMentions') ?? 0) > 0,
    forwarded,
    forwardingScore: forwarded ? Math.max(1, score) : 0,
    expiresAfterSeconds: number(context, 'expiration') || null,
    ad: ad(child(context, 'externalAdReply')),
  };
}

function quoted(context: Fields | null, canonical: (address: string) => string): QuotedInfo | null {
  const messageId = text(context, 'stanzaId');
  if (messageId === null) return null;
  const author = text(context, 'participant');
  const inner = unwrap(child(context, 'quotedMessage'));
  const body = readBody(inner.rawType, inner.value);
  return {
    messageId,
    participant: author === null || isSharedChat(author) ? null : canonical(author),
    type: body.type,
    text: body.text,
    hasMedia: body.media !== undefined,
  };
}

/** Only what points to an advertisement: the same field also carries plain link cards. */
function ad(reply: Fields | null): AdInfo | null {
  const sourceId = text(reply, 'sourceId');
  const clickId = text(reply, 'ctwaClid');
  if (sourceId === null && clickId === null && !flag(reply, 'showAdAttribution')) return null;
  return {
    title: text(reply, 'title'),
    body: text(reply, 'body'),
    sourceUrl: text(reply, 'sourceUrl'),
    sourceId,
    sourceType: text(reply, 'sourceType'),
    clickId,
    mediaUrl: text(reply, 'mediaUrl'),
  };
}
