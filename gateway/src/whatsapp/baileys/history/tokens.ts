import type { Chat, SignalDataTypeMap } from 'baileys';
import { bareJid } from '../jid.ts';
import type { DeviceKeys } from '../key-store.ts';

export type Token = SignalDataTypeMap['tctoken'];
type Tokens = Record<string, Token>;

/** Under this id the library (7.0.0-rc14, `tc-token-utils.js`) keeps a JSON array of who has a token. */
const INDEX = '__index';

/** How tokens are kept: under the LID of a person where it is known. */
export interface TokenShelf {
  readonly keys: Pick<DeviceKeys, 'withTokens'>;
  readonly lidOf: (phoneJid: string) => Promise<string | null>;
}

/**
 * Keeps the trusted-contact tokens of the chats in a chunk of history: with them the account may write to
 * people it knows even while WhatsApp keeps it from writing to strangers (463). One that WhatsApp gives
 * meanwhile stays. Rejects when they cannot be stored.
 */
export async function keepTokens(
  chats: readonly Chat[],
  { keys: shelf, lidOf }: TokenShelf,
): Promise<void> {
  const found: Tokens = {};
  for (const chat of chats) {
    const token = tokenIn(chat);
    const jid = token && bareJid(chat.id);
    if (jid) found[(await lidOf(jid)) ?? jid] = token;
  }
  const ids = Object.keys(found);
  if (ids.length === 0) return;
  await shelf.withTokens(async (keys) => {
    const stored = await keys.get('tctoken', [...ids, INDEX]);
    const fresh = newerTokens(found, stored);
    if (Object.keys(fresh).length === 0) return;
    const index = [...new Set([...readIndex(stored[INDEX]), ...Object.keys(fresh)])];
    await keys.set({
      tctoken: { ...fresh, [INDEX]: { token: Buffer.from(JSON.stringify(index)) } },
    });
  });
}

/** Those that are newer than what is stored, with what is stored beside the old ones. Pure. */
export function newerTokens(found: Readonly<Tokens>, stored: Readonly<Tokens>): Tokens {
  const fresh: Tokens = {};
  for (const [id, token] of Object.entries(found)) {
    const before = stored[id];
    if (Number(before?.timestamp ?? 0) >= Number(token.timestamp)) continue;
    fresh[id] = { ...before, ...token };
  }
  return fresh;
}

/** Null when the chat has none, or none with a date: nobody could tell when it ends. */
function tokenIn({ tcToken, tcTokenTimestamp, tcTokenSenderTimestamp }: Chat): Token | null {
  const givenAtS = Number(tcTokenTimestamp ?? 0);
  if (!tcToken?.length || !(givenAtS > 0)) return null;
  const ourOwnAtS = Number(tcTokenSenderTimestamp ?? 0);
  return {
    token: Buffer.from(tcToken),
    timestamp: String(givenAtS),
    ...(ourOwnAtS > 0 ? { senderTimestamp: ourOwnAtS } : {}),
  };
}

function readIndex(entry: Token | undefined): string[] {
  try {
    const ids: unknown = JSON.parse(Buffer.from(entry?.token ?? '').toString() || '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
