import { type Access, createAccess } from '../access/access.ts';
import { loadOperatorKey } from '../access/operator-key.ts';
import { decidePolicy } from '../access/policy.ts';
import type { Config } from '../config/config.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Parts } from './parts.ts';
import { clock, ids, random } from './system.ts';

/** Rows beyond these go even when they are young. */
const MAX_AUDIT_ROWS = 1_000_000;

/** Keys, workspaces and the audit log. Rejects when the settings would let anybody in by accident. */
export async function composeAccess({ config, logger, storage, sessions }: Parts): Promise<Access> {
  const { apiKey, auth, offUnderstood, requestsPerMinute } = config.access;
  const policy = decidePolicy({
    auth,
    offUnderstood,
    hasApiKey: apiKey !== '',
    production: config.production,
    host: config.host,
  });
  if (!policy.ok) throw new Error(policy.reason);
  if (policy.warning) logger.warn(policy.warning);
  return createAccess({
    store: storage.access,
    clock,
    ids,
    random,
    logger,
    mode: policy.mode,
    operatorKey: apiKey || (await operatorKey(config, logger)),
    requestsPerMinute,
    auditRetention: { days: config.retentionDays.audit, rows: MAX_AUDIT_ROWS },
    contents: async (workspaceId) => {
      const endpoints = (await storage.webhooks.endpoints()).filter(
        (endpoint) => endpoint.workspaceId === workspaceId,
      );
      const counts = { sessions: sessions.list(workspaceId).length, endpoints: endpoints.length };
      return Object.entries(counts).flatMap(([what, count]) =>
        count > 0 ? [`${count} ${what}`] : [],
      );
    },
  });
}

async function operatorKey(config: Config, logger: Logger): Promise<string> {
  const key = await loadOperatorKey(config.dataDir, random);
  if (key.wasExposed) logger.warn({ path: key.path }, 'others could read the key file; mended');
  if (key.created) {
    // Shown once, and not through the logger, which keeps what it is given.
    process.stdout.write(
      `\nThe operator's key, shown this once and kept in ${key.path}:\n\n  ${key.text}\n\n`,
    );
  }
  return key.text;
}
