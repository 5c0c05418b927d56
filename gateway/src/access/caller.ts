import { Problem } from '../kernel/errors.ts';
import { judgeChat, type Permissions } from './judge.ts';
import { SCOPES } from './scope.ts';
import type { Actor, KeyRecord } from './store.ts';

/** Who makes a request, once that is known. */
export interface Caller {
  readonly actor: Actor;
  /** The only workspace the caller may act in; null for all. */
  readonly workspaceId: string | null;
  readonly permissions: Permissions;
}

/** May do everything everywhere. */
const EVERYTHING: Permissions = {
  scopes: ['*', ...Object.keys(SCOPES).filter((scope) => scope.startsWith('service:'))],
  bindings: { sessions: null, chats: null, networks: null },
  expiresAtMs: null,
};

/** Whoever shows the operator's key. */
export const OPERATOR: Caller = {
  actor: { kind: 'operator' },
  workspaceId: null,
  permissions: EVERYTHING,
};

/** A program on the machine itself, or anybody where the operator turned keys off. */
export const LOCAL: Caller = {
  actor: { kind: 'local' },
  workspaceId: null,
  permissions: EVERYTHING,
};

/** Nobody that is known. */
export const ANONYMOUS: Caller = {
  actor: { kind: 'anonymous' },
  workspaceId: null,
  permissions: {
    scopes: [],
    bindings: { sessions: [], chats: [], networks: [] },
    expiresAtMs: null,
  },
};

/** Whoever shows this key. */
export function holderOf(key: KeyRecord): Caller {
  return {
    actor: { kind: 'key', keyId: key.id, keyName: key.name },
    workspaceId: key.workspaceId,
    permissions: key,
  };
}

/** Whether the caller may know of a session; routes that answer about several leave the others out. */
export function seesSession(caller: Caller, sessionId: string): boolean {
  const { sessions } = caller.permissions.bindings;
  return sessions === null || sessions.includes(sessionId);
}

/** Whether the caller may have to do with a chat, named as in `to`. */
export const seesChat = (caller: Caller, chat: string): boolean =>
  judgeChat(caller.permissions.bindings, chat).ok;

/** Throws `chat_not_allowed` when the caller is bound to other chats. */
export function requireChat(caller: Caller, chat: string): void {
  const judgement = judgeChat(caller.permissions.bindings, chat);
  if (!judgement.ok) throw new Problem(judgement.code, judgement.detail);
}
