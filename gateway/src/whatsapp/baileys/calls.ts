import type { BinaryNode } from 'baileys';
import type { GroupCalls, WirePerson } from '../groups.ts';
import type { PeopleCalls } from '../people.ts';
import { type Lookup, NotConnected, Unanswered } from '../port.ts';
import { type Device, ownAddresses } from './device.ts';
import { BaileysGroups } from './groups.ts';
import { LOOKUP_CHUNK, lookupQuery, readLookup } from './lookup.ts';
import type { OpenConnection } from './open-connection.ts';
import { changeOwnName } from './own-name.ts';
import { BaileysPeople } from './people.ts';
import { type Ask, node, questionFailure, questionNode } from './question.ts';
import { QUERY_TIMEOUT_MS } from './socket-config.ts';

/** What is asked of WhatsApp and changed there, apart from messages. */
export interface Calls {
  readonly groups: GroupCalls;
  readonly people: PeopleCalls;
  /** Rejects with `NotConnected` also when WhatsApp does not answer in time. */
  lookUp(phones: readonly string[]): Promise<Lookup[]>;
}

/** The calls over one connection; `open` throws `NotConnected` while it is not open. */
export function callsOver(open: () => OpenConnection): Calls {
  const isOpen = () => {
    try {
      return open() !== null;
    } catch {
      return false;
    }
  };

  async function query(stanza: BinaryNode): Promise<BinaryNode> {
    const { socket } = open();
    const reply = await socket.query(stanza, QUERY_TIMEOUT_MS).catch((error: unknown) => {
      throw questionFailure(error, isOpen());
    });
    // The library answers a question that timed out with nothing.
    if (!reply) throw new Unanswered();
    return reply;
  }
  const ask: Ask = (question) => query(questionNode(question));

  async function lookUp(phones: readonly string[]): Promise<Lookup[]> {
    const found: Lookup[] = [];
    for (let at = 0; at < phones.length; at += LOOKUP_CHUNK) {
      const chunk = phones.slice(at, at + LOOKUP_CHUNK);
      const reply = await query(lookupQuery(chunk, open().socket.generateMessageTag())).catch(
        (error: unknown) => {
          if (error instanceof Unanswered) throw new NotConnected(error.message);
          throw error;
        },
      );
      found.push(...readLookup(chunk, reply));
    }
    const pairs = found.flatMap(({ chatId, lid }) => (chatId && lid ? [{ pn: chatId, lid }] : []));
    await open().device.lidMapping.storeLIDPNMappings(pairs);
    return found;
  }

  async function learn(people: readonly WirePerson[]): Promise<void> {
    const pairs = people.flatMap(({ address, alt }) => {
      if (alt === null) return [];
      return [address.endsWith('@lid') ? { lid: address, pn: alt } : { lid: alt, pn: address }];
    });
    if (pairs.length > 0) await open().device.lidMapping.storeLIDPNMappings(pairs);
  }

  const newId = () => open().socket.generateMessageTag();
  const written = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      throw questionFailure(error, isOpen());
    });

  return {
    groups: new BaileysGroups({
      ask,
      newId,
      directory: () => open().device.groups,
      learn,
    }),
    people: new BaileysPeople({
      ask,
      newId,
      trustToken: (chatId) => trustToken(open().device, chatId),
      ownName: () => open().device.auth.creds.me?.name || null,
      ownAddress: () => ownAddresses(open().device.auth.creds).phoneJid ?? '',
      refreshPrivacy: async () => open().socket.fetchPrivacySettings(true),
      setOwnName: (name) => written(changeOwnName(open(), name)),
      followPresence: (chatId) => written(open().socket.presenceSubscribe(chatId)),
      setAvailable: (isAvailable) => {
        const state = isAvailable ? 'available' : 'unavailable';
        return written(open().socket.sendPresenceUpdate(state));
      },
    }),
    lookUp,
  };
}

/**
 * The token by which WhatsApp knows that a person trusts us; null when there is none. Filed under the LID
 * where that is known; see the library's `tc-token-utils`.
 */
async function trustToken(device: Device, chatId: string): Promise<BinaryNode | null> {
  const isPhone = chatId.endsWith('@s.whatsapp.net');
  if (!isPhone && !chatId.endsWith('@lid')) return null;
  const id = (isPhone ? await device.lidMapping.getKnownLid(chatId) : null) ?? chatId;
  const token = (await device.auth.keys.get('tctoken', [id]))[id];
  if (!token?.token.length || !token.timestamp) return null;
  return node('tctoken', { t: token.timestamp }, token.token);
}
