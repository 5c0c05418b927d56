import { Problem } from '../kernel/errors.ts';
import type { AccessStore, AuditFilter, AuditRecord, KeyRecord, WorkspaceRecord } from './store.ts';

/** An `AccessStore` that forgets everything with the process; for tests and simulations. */
export function createMemoryAccessStore(): AccessStore {
  const workspaces = new Map<string, WorkspaceRecord>([
    ['default', { id: 'default', name: 'Default', createdAtMs: 0 }],
  ]);
  const taken = new Set(['default']);
  const keys = new Map<string, KeyRecord>();
  let entries: AuditRecord[] = [];

  return {
    workspaces: async () => [...workspaces.values()],
    workspace: async (id) => workspaces.get(id) ?? null,
    async createWorkspace(workspace) {
      if (taken.has(workspace.id)) return false;
      taken.add(workspace.id);
      workspaces.set(workspace.id, workspace);
      return true;
    },
    async renameWorkspace(id, name) {
      const workspace = workspaces.get(id);
      if (workspace) workspaces.set(id, { ...workspace, name });
      return workspace !== undefined;
    },
    async removeWorkspace(id) {
      if (id === 'default' || !workspaces.delete(id)) return false;
      for (const key of keys.values()) if (key.workspaceId === id) keys.delete(key.id);
      return true;
    },
    keys: async (workspaceId) => [...keys.values()].filter((k) => k.workspaceId === workspaceId),
    async key(workspaceId, keyId) {
      const key = keys.get(keyId);
      return key?.workspaceId === workspaceId ? key : null;
    },
    keysByPrefix: async (prefix) =>
      [...keys.values()].filter(
        (key) => key.secret.prefix === prefix || key.previous?.prefix === prefix,
      ),
    async saveKey(key) {
      if (!workspaces.has(key.workspaceId)) {
        throw new Problem('workspace_not_found', 'The workspace was removed.');
      }
      const lastUsedAtMs = keys.get(key.id)?.lastUsedAtMs ?? key.lastUsedAtMs;
      keys.set(key.id, { ...key, lastUsedAtMs });
    },
    async removeKey(workspaceId, keyId) {
      return keys.get(keyId)?.workspaceId === workspaceId && keys.delete(keyId);
    },
    async touchKeys(uses) {
      for (const { keyId, atMs } of uses) {
        const key = keys.get(keyId);
        if (!key || (key.lastUsedAtMs ?? 0) >= atMs) continue;
        keys.set(keyId, { ...key, lastUsedAtMs: atMs });
      }
    },
    async appendAudit(more) {
      const known = new Set(entries.map(({ id }) => id));
      entries.push(...more.filter(({ id }) => !known.has(id)));
    },
    audit: async (workspaceId, { limit, before, ...filter }) =>
      entries
        .filter((entry) => entry.workspaceId === workspaceId && matches(entry, filter))
        .filter(({ id }) => before === undefined || id < before)
        .reverse()
        .slice(0, limit),
    async pruneAudit({ beforeMs, keepRows }, limit) {
      const excess = entries.length - keepRows;
      const goes = entries.filter((entry, i) => entry.atMs < beforeMs || i < excess);
      const gone = new Set(goes.slice(0, limit));
      entries = entries.filter((entry) => !gone.has(entry));
      return gone.size;
    },
  };
}

function matches(entry: AuditRecord, filter: AuditFilter): boolean {
  const { keyId, actor, action, outcome, fromMs, toMs } = filter;
  if (keyId !== undefined && (entry.actor.kind !== 'key' || entry.actor.keyId !== keyId)) {
    return false;
  }
  if (actor !== undefined && entry.actor.kind !== actor) return false;
  if (outcome !== undefined && entry.outcome !== outcome) return false;
  if (fromMs !== undefined && entry.atMs < fromMs) return false;
  if (toMs !== undefined && entry.atMs >= toMs) return false;
  if (action === undefined) return true;
  return action.endsWith('*')
    ? entry.action.startsWith(action.slice(0, -1))
    : entry.action === action;
}
