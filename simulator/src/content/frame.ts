import type { proto } from 'baileys';
import type { Target } from './action-content.ts';
import type { Content, Frame } from './content.ts';
import { given } from './given.ts';

/** Makes and reads the message inside of a quote. */
export interface QuoteCodec {
  compose(content: Content): proto.IMessage;
  read(message: proto.IMessage): Content;
}

/** The `contextInfo` of a message, as a field to spread; empty when nothing surrounds it. */
export function composeFrame(
  frame: Frame,
  codec: Pick<QuoteCodec, 'compose'>,
): { contextInfo?: proto.IContextInfo } {
  const { quoted, mentions, mentionsEveryone, forwards, expiresInS } = frame;
  const contextInfo: proto.IContextInfo = {
    ...(quoted
      ? {
          stanzaId: quoted.id,
          participant: quoted.author,
          quotedMessage: codec.compose(withoutFrame(quoted.content)),
          ...given({ remoteJid: quoted.chat }),
        }
      : {}),
    ...(mentions?.length ? { mentionedJid: [...mentions] } : {}),
    ...(mentionsEveryone ? { nonJidMentions: 1 } : {}),
    ...(forwards ? { isForwarded: true, forwardingScore: forwards } : {}),
    ...(expiresInS ? { expiration: expiresInS } : {}),
  };
  return Object.keys(contextInfo).length > 0 ? { contextInfo } : {};
}

export function readFrame(
  info: proto.IContextInfo | null | undefined,
  codec: Pick<QuoteCodec, 'read'>,
): Frame {
  if (!info) return {};
  const forwards = info.forwardingScore || (info.isForwarded ? 1 : 0);
  return {
    ...(info.stanzaId && info.quotedMessage
      ? {
          quoted: {
            id: info.stanzaId,
            author: info.participant ?? '',
            ...given({ chat: info.remoteJid }),
            content: codec.read(info.quotedMessage),
          },
        }
      : {}),
    ...(info.mentionedJid?.length ? { mentions: info.mentionedJid } : {}),
    ...(info.nonJidMentions ? { mentionsEveryone: true } : {}),
    ...(forwards ? { forwards } : {}),
    ...(info.expiration ? { expiresInS: info.expiration } : {}),
  };
}

const FRAME_FIELDS = new Set<string>([
  'quoted',
  'mentions',
  'mentionsEveryone',
  'forwards',
  'expiresInS',
] satisfies (keyof Frame)[]);

/** Clients quote what was said, not what surrounded it. */
function withoutFrame(content: Content): Content {
  const bare = Object.entries(content).filter(([field]) => !FRAME_FIELDS.has(field));
  return Object.fromEntries(bare) as unknown as Content;
}

export function composeTarget(target: Target): proto.IMessageKey {
  return {
    remoteJid: target.chat,
    id: target.id,
    fromMe: target.fromMe,
    ...given({ participant: target.participant }),
  };
}

export function readTarget(key: proto.IMessageKey | null | undefined): Target {
  return {
    chat: key?.remoteJid ?? '',
    id: key?.id ?? '',
    fromMe: key?.fromMe ?? false,
    ...given({ participant: key?.participant || null }),
  };
}
