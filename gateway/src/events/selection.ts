import type { ChatKind, Endpoint } from '../webhooks/store.ts';
import type { EventFilter, EventRecord } from './store.ts';

/** Workspace of an endpoint that hears every workspace: those which the operator set by environment. */
export const EVERY_WORKSPACE = '*';

/** Events of this group can come by the hundred a minute: the bare `*` leaves them out. */
const ONLY_BY_NAME = 'presence.';

/**
 * Whether a name is one of the patterns; `*` at the end of a pattern stands for any rest. `*` alone stands
 * for every event but `presence.*`, which has to be named.
 */
export function matchesName(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => {
    if (pattern === '*') return !name.startsWith(ONLY_BY_NAME);
    return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  });
}

/** Whether a reader with this filter wants the event. */
export function passes(
  filter: EventFilter,
  event: Pick<EventRecord, 'event' | 'sessionId'>,
): boolean {
  return (
    (filter.events === undefined || matchesName(filter.events, event.event)) &&
    (filter.sessionId === undefined || filter.sessionId === event.sessionId)
  );
}

/** Whether an endpoint gets the event: active, of its workspace, its names, its sessions, its chats. */
export function wants(endpoint: Endpoint, event: EventRecord): boolean {
  const { settings } = endpoint;
  if (!endpoint.active) return false;
  if (endpoint.workspaceId !== EVERY_WORKSPACE && endpoint.workspaceId !== event.workspaceId) {
    return false;
  }
  if (!matchesName(endpoint.events, event.event)) return false;
  const ofSession = event.sessionId !== '';
  if (ofSession && settings.sessions && !settings.sessions.includes(event.sessionId)) return false;
  const kind = chatKind(event.data.chatId);
  return kind === null || !settings.ignoreChats.includes(kind);
}

/** The kind of chat an address names; null when it names none. */
export function chatKind(chatId: unknown): ChatKind | null {
  if (typeof chatId !== 'string') return null;
  if (chatId === 'status@broadcast') return 'status';
  switch (chatId.slice(chatId.lastIndexOf('@') + 1)) {
    case 's.whatsapp.net':
    case 'lid':
      return 'direct';
    case 'g.us':
      return 'group';
    case 'broadcast':
      return 'broadcast';
    case 'newsletter':
      return 'newsletter';
    default:
      return null;
  }
}
