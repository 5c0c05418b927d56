import { DEFAULT_WORKSPACE } from '../http/workspace.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { WorkspaceRecord, WorkspaceStore } from './store.ts';

/** They are listed in one piece. */
const MAX_WORKSPACES = 10_000;

/** Tenants. */
export interface Workspaces {
  list(): Promise<WorkspaceRecord[]>;
  /** Throws `workspace_not_found`. */
  get(id: string): Promise<WorkspaceRecord>;
  /** Throws `workspace_exists`, also for an id that a removed workspace had. */
  create(id: string, name: string): Promise<WorkspaceRecord>;
  rename(id: string, name: string): Promise<WorkspaceRecord>;
  /** Removes an empty workspace with its keys. Throws `workspace_not_empty`, always for `default`. */
  remove(id: string): Promise<void>;
}

export interface WorkspacesDeps {
  readonly store: WorkspaceStore;
  readonly clock: Clock;
  /** What a workspace still holds, for people (`2 sessions`); empty when nothing. */
  readonly contents: (workspaceId: string) => Promise<readonly string[]>;
}

export function createWorkspaces({ store, clock, contents }: WorkspacesDeps): Workspaces {
  async function get(id: string): Promise<WorkspaceRecord> {
    const workspace = await store.workspace(id);
    if (workspace) return workspace;
    throw new Problem('workspace_not_found', 'There is no workspace with this id.');
  }

  return {
    get,
    list: () => store.workspaces(),
    async create(id, name) {
      if ((await store.workspaces()).length >= MAX_WORKSPACES) {
        throw new Problem('too_many_workspaces', `There can be ${MAX_WORKSPACES} at most.`);
      }
      const workspace: WorkspaceRecord = { id, name, createdAtMs: clock.now() };
      if (await store.createWorkspace(workspace)) return workspace;
      throw new Problem('workspace_exists', 'Choose another id: this one is, or was, in use.');
    },
    async rename(id, name) {
      await store.renameWorkspace(id, name);
      return get(id);
    },
    async remove(id) {
      await get(id);
      if (id === DEFAULT_WORKSPACE) {
        throw new Problem('workspace_not_empty', 'The default workspace always exists.');
      }
      const left = await contents(id);
      if (left.length > 0) {
        const things = left.join(', ');
        throw new Problem('workspace_not_empty', `It holds ${things}; remove that first.`);
      }
      await store.removeWorkspace(id, clock.now());
    },
  };
}
