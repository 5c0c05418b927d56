import { z } from 'zod';
import type { App } from '../http/app.ts';
import { nextPage, pageAfter } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import type { AuditLog } from './audit.ts';
import type { AuditFilter, AuditRecord } from './store.ts';

const ULID = /^[0-9A-Z]{26}$/;
const ACTORS = ['key', 'operator', 'local', 'anonymous'] as const;
const OUTCOMES = ['done', 'refused', 'failed'] as const;

const auditQuery = z.object({
  keyId: z.string().regex(ULID, 'must be the id of a key').optional(),
  actor: z.enum(ACTORS).optional(),
  action: z
    .string()
    .max(200)
    .optional()
    .describe('Such as `POST /sessions/:id/start`; one that ends in `*` is a prefix'),
  outcome: z.enum(OUTCOMES).optional(),
  from: z.iso.datetime({ offset: true }).optional().describe('At or after this instant'),
  to: z.iso.datetime({ offset: true }).optional().describe('Before this instant'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.string().regex(ULID, 'must be `next` of an earlier answer').optional(),
});

const entrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.object({
      kind: z.enum(ACTORS),
      keyId: z.string().nullable(),
      keyName: z.string().nullable(),
    }),
    action: z.string(),
    target: z.record(z.string(), z.string()),
    outcome: z.enum(OUTCOMES),
    status: z.number().int(),
    problem: z.string().nullable().describe('Code of the problem it was answered with'),
    address: z.string(),
    requestId: z.string(),
  })
  .meta({
    id: 'AuditEntry',
    examples: [
      {
        id: '01KAQ5V1Z8T0M3K9YB2N6R4C7D',
        at: '2030-03-04T09:00:00.000Z',
        actor: { kind: 'key', keyId: '01KAQ5V1Z8T0M3K9YB2N6R4C7A', keyName: 'n8n' },
        action: 'sessions.start',
        target: { id: 'support' },
        outcome: 'done',
        status: 200,
        problem: null,
        address: '203.0.113.7',
        requestId: '01KAQ5V1Z8T0M3K9YB2N6R4C7E',
      },
    ],
  });

/** The audit log of a workspace. */
export function registerAuditRoutes(app: App, { audit }: { readonly audit: AuditLog }): void {
  app.route({
    method: 'GET',
    url: '/audit',
    config: { scope: 'audit:read' },
    schema: {
      tags: ['Audit'],
      summary: 'Who did what, newest first',
      description:
        'Everything that changed something, every refusal, and reading of what is secret. Never holds keys or message text.',
      querystring: auditQuery,
      response: {
        200: z.object({
          entries: z.array(entrySchema),
          next: nextPage('before'),
        }),
        '4xx': problemSchema,
        '5xx': problemSchema,
      },
    },
    handler: async ({ workspaceId, query }) => {
      const { limit, before } = query;
      const page = before === undefined ? { limit } : { limit, before };
      const found = await audit.list(workspaceId, { ...filterOf(query), ...page });
      return { entries: found.map(present), next: pageAfter(found, limit, ({ id }) => id) };
    },
  });
}

function filterOf(query: z.output<typeof auditQuery>): AuditFilter {
  const { keyId, actor, action, outcome, from, to } = query;
  return {
    ...(keyId === undefined ? {} : { keyId }),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(to === undefined ? {} : { toMs: Date.parse(to) }),
  };
}

function present(entry: AuditRecord): z.infer<typeof entrySchema> {
  const { actor } = entry;
  return {
    id: entry.id,
    at: new Date(entry.atMs).toISOString(),
    actor: {
      kind: actor.kind,
      keyId: actor.kind === 'key' ? actor.keyId : null,
      keyName: actor.kind === 'key' ? actor.keyName : null,
    },
    action: entry.action,
    target: { ...entry.target },
    outcome: entry.outcome,
    status: entry.status,
    problem: entry.problem,
    address: entry.address,
    requestId: entry.requestId,
  };
}
