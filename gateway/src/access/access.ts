import type { FastifyInstance } from 'fastify';
import type { App } from '../http/app.ts';
import type { Clock } from '../kernel/clock.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { type AuditRetention, createAuditLog } from './audit.ts';
import { registerAuditRoutes } from './audit-routes.ts';
import { createAuthenticator } from './authenticate.ts';
import { installGuard } from './guard.ts';
import { registerKeyRoutes } from './key-routes.ts';
import { createKeyUses } from './key-uses.ts';
import { createKeys } from './keys.ts';
import type { AccessMode } from './policy.ts';
import type { AccessStore } from './store.ts';
import { registerOwnWorkspaceRoutes, registerWorkspacesRoutes } from './workspace-routes.ts';
import { createWorkspaces } from './workspaces.ts';

export interface AccessDeps {
  readonly store: AccessStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Must be fit for secrets. */
  readonly random: Random;
  readonly logger: Logger;
  /** See `decidePolicy`. */
  readonly mode: AccessMode;
  /** `API_KEY`, or the text of `loadOperatorKey`. */
  readonly operatorKey: string;
  /** Requests per minute and key; 0 for no limit. */
  readonly requestsPerMinute: number;
  readonly auditRetention: AuditRetention;
  /** What a workspace still holds, for people (`2 sessions`); empty when it can be removed. */
  readonly contents: (workspaceId: string) => Promise<readonly string[]>;
}

/** Who may do what: keys, workspaces, limits, and the log of it all. */
export interface Access {
  /** Stands before every route of the app; see `installGuard`. */
  readonly guard: (app: FastifyInstance) => void;
  /** Routes outside every workspace. */
  registerServiceRoutes(app: App): void;
  /** Routes of a workspace: its keys, its audit log, itself. */
  registerRoutes(app: App): void;
  /** Writes what waits to be written. */
  close(): Promise<void>;
}

export function createAccess(deps: AccessDeps): Access {
  const { store, clock, logger, requestsPerMinute } = deps;
  const audit = createAuditLog({ ...deps, retention: deps.auditRetention });
  const uses = createKeyUses(deps);
  const keys = createKeys(deps);
  const workspaces = createWorkspaces(deps);
  const authenticate = createAuthenticator({ ...deps, onUse: (key) => uses.note(key) });
  const rateRule = requestsPerMinute > 0 ? { limit: requestsPerMinute, periodMs: 60_000 } : null;
  return {
    guard: (app) => installGuard(app, { authenticate, store, audit, clock, logger, rateRule }),
    registerServiceRoutes: (app) => registerWorkspacesRoutes(app, { workspaces }),
    registerRoutes(app) {
      registerOwnWorkspaceRoutes(app, { workspaces });
      registerKeyRoutes(app, { keys, clock });
      registerAuditRoutes(app, { audit });
    },
    async close() {
      await Promise.all([audit.close(), uses.close()]);
    },
  };
}
