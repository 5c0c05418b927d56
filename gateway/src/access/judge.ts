import { parseRecipient } from '../contacts/recipient.ts';
import type { ProblemCode } from '../kernel/errors.ts';
import { isInside, parseAddress, parseNetwork } from '../net/address.ts';
import { covers, mayPassOn, type Scope } from './scope.ts';
import type { KeyBindings, KeyRecord } from './store.ts';

/** What a key is allowed, wherever the permission comes from. */
export type Permissions = Pick<KeyRecord, 'scopes' | 'bindings' | 'expiresAtMs'>;

/** What a request wants, as far as its head tells. */
export interface Use {
  readonly scope: Scope;
  /** Source address. */
  readonly address: string;
  /** The session it names; `filtered` when the route itself leaves out what the key may not see. */
  readonly session: { readonly id: string } | 'filtered' | 'none';
  /** Whether the route says where the request names its chat, so that `judgeChat` can look. */
  readonly namesChat: boolean;
}

/** `detail` is for the caller: it names what the key lacks, never what others have. */
export type Judgement =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: ProblemCode; readonly detail: string };

/** Reading sessions tells nothing about chats, so a key that is bound to chats may do it. */
const CHATLESS: ReadonlySet<Scope> = new Set<Scope>(['sessions:read', 'workspace:read']);

/**
 * Whether a key may make this use of itself. A binding refuses whatever it cannot check: a key that is
 * bound to sessions can call only routes that name one, or that filter.
 */
export function judge(key: Permissions, use: Use): Judgement {
  const { sessions, chats, networks } = key.bindings;
  if (networks !== null && !networks.some((network) => contains(network, use.address))) {
    return no('address_not_allowed', 'This key does not work from your network address.');
  }
  if (!covers(key.scopes, use.scope)) {
    return no('scope_missing', `This key lacks the scope "${use.scope}".`);
  }
  if (sessions !== null && !seesSession(sessions, use.session)) {
    return no('session_not_allowed', 'This key is bound to other sessions.');
  }
  if (chats !== null && !use.namesChat && !CHATLESS.has(use.scope)) {
    return no('chat_not_allowed', 'This key is bound to chats, and this route is about more.');
  }
  return { ok: true };
}

function seesSession(allowed: readonly string[], session: Use['session']): boolean {
  if (session === 'filtered') return true;
  return session !== 'none' && allowed.includes(session.id);
}

/**
 * Whether a key that may be bound to chats may use the one that a request names. Forms are compared,
 * not people: a key bound to a phone number does not open the same person's LID.
 */
export function judgeChat(bindings: KeyBindings, named: unknown): Judgement {
  if (bindings.chats === null) return { ok: true };
  const chat = typeof named === 'string' ? canonicalChat(named) : null;
  return chat !== null && bindings.chats.includes(chat)
    ? { ok: true }
    : no('chat_not_allowed', 'This key is bound to other chats.');
}

/** The form in which bindings keep a chat; null when the text names none. */
export function canonicalChat(text: string): string | null {
  const recipient = parseRecipient(text);
  switch (recipient.kind) {
    case 'phone':
      return recipient.phone;
    case 'lid':
    case 'group':
    case 'newsletter':
    case 'status':
      return recipient.chatId;
    case 'invalid':
      return null;
  }
}

/**
 * Whether who holds `own` may make, or have in hand, a key that is allowed `wanted`: never more than
 * the own key allows, in any respect.
 */
export function mayHandOut(own: Permissions, wanted: Permissions): Judgement {
  const missing = wanted.scopes.find((scope) => !mayPassOn(own.scopes, scope));
  if (missing !== undefined) {
    return no('scope_missing', `You cannot hand out "${missing}": your own key lacks it.`);
  }
  const { sessions, chats, networks } = own.bindings;
  if (!isWithin(wanted.bindings.sessions, sessions, sameText)) {
    return no('session_not_allowed', 'Your own key is bound to sessions; so must this one be.');
  }
  if (!isWithin(wanted.bindings.chats, chats, sameText)) {
    return no('chat_not_allowed', 'Your own key is bound to chats; so must this one be.');
  }
  if (!isWithin(wanted.bindings.networks, networks, networkWithin)) {
    return no('address_not_allowed', 'Your own key is bound to networks; so must this one be.');
  }
  if (
    own.expiresAtMs !== null &&
    (wanted.expiresAtMs === null || wanted.expiresAtMs > own.expiresAtMs)
  ) {
    return no('scope_missing', 'A key cannot outlive the one that it is made with.');
  }
  return { ok: true };
}

function isWithin(
  wanted: readonly string[] | null,
  own: readonly string[] | null,
  within: (inner: string, outer: string) => boolean,
): boolean {
  if (own === null) return true;
  return wanted?.every((inner) => own.some((outer) => within(inner, outer))) ?? false;
}

const sameText = (inner: string, outer: string): boolean => inner === outer;

function networkWithin(inner: string, outer: string): boolean {
  const one = parseNetwork(inner);
  const other = parseNetwork(outer);
  return one !== null && other !== null && one[1] >= other[1] && isInside(one[0], other);
}

/** Whether an address lies in a network; false when either cannot be read. */
export function contains(network: string, address: string): boolean {
  const range = parseNetwork(network);
  const point = parseAddress(address);
  return range !== null && point !== null && isInside(point, range);
}

const no = (code: ProblemCode, detail: string): Judgement => ({ ok: false, code, detail });
