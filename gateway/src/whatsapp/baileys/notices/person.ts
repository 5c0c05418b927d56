import type { BinaryNode } from 'baileys';
import type { ContactNotice, PresenceNotice } from '../../notice.ts';
import { bareJid } from '../jid.ts';
import { childrenOf, isPersonal, namedBy, textOf, toldBy } from './stanza.ts';

/** Reads a notification that a person changed picture or status text; null for all others. Never throws. */
export function readContactNotice(stanza: BinaryNode, receivedAtMs: number): ContactNotice | null {
  const { type, from } = stanza.attrs;
  const told = toldBy(stanza, receivedAtMs);
  const person = namedBy(from);
  if (!told || !person || !isPersonal(person.address)) return null;
  const [step] = childrenOf(stanza);
  if (type === 'picture') {
    return { type: 'contact', ...told, person, changed: 'picture', value: null };
  }
  if (type !== 'status' || step?.tag !== 'set') return null;
  return { type: 'contact', ...told, person, changed: 'about', value: textOf(step) };
}

/** Reads a `<presence>` or `<chatstate>`; null for what is not understood. Never throws. */
export function readPresence(stanza: BinaryNode): PresenceNotice | null {
  const { from, participant, type, last } = stanza.attrs;
  const chat = bareJid(from);
  if (!chat || !chat.includes('@')) return null;
  const about = { type: 'presence', chat, participant: bareJid(participant) } as const;
  if (stanza.tag === 'presence') {
    const presence = type === 'unavailable' ? 'unavailable' : 'available';
    const seconds = Number(last);
    return { ...about, presence, lastSeenMs: seconds > 0 ? seconds * 1000 : null };
  }
  const [state] = childrenOf(stanza);
  if (state?.tag === 'paused') return { ...about, presence: 'paused', lastSeenMs: null };
  if (state?.tag !== 'composing') return null;
  const presence = state.attrs['media'] === 'audio' ? 'recording' : 'composing';
  return { ...about, presence, lastSeenMs: null };
}
