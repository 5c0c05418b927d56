import { z } from 'zod';
import type { LedgerFilter } from '../../server/ledger.ts';
import type { Routes } from '../app.ts';
import { problem, timeoutMs } from '../contract/requests.ts';
import { ledgerEntryView, violationView } from '../contract/views.ts';
import { describeLedgerEntry, describeViolation } from '../describe.ts';

const filter = z.object({
  event: z
    .enum([
      'accepted',
      'refused',
      'duplicate',
      'queued',
      'delivered',
      'redelivered',
      'confirmed',
      'rejected',
      'dropped',
    ])
    .exactOptional()
    .describe('`confirmed` is what a client acknowledged'),
  device: z.string().max(100).exactOptional().describe('`<number>:<device>@s.whatsapp.net`'),
  tag: z.string().max(50).exactOptional().describe('`message`, `receipt`, `notification`, `call`'),
  id: z
    .string()
    .max(200)
    .exactOptional()
    .describe('For messages and their receipts the message id'),
  type: z.string().max(50).exactOptional(),
  peer: z.string().max(100).exactOptional(),
});

/** The books: every stanza, and every rule that a client broke. */
export const ledgerRoutes: Routes = (app, { simulator, waits }) => {
  app.get(
    '/api/ledger',
    {
      schema: {
        tags: ['Ledger'],
        summary: 'What happened to every stanza, oldest first',
        querystring: filter.extend({
          after: z.coerce.number().int().default(0).describe('Only with a greater `sequence`'),
          limit: z.coerce.number().int().min(1).max(10_000).default(1000),
        }),
        response: {
          200: z.object({
            entries: z.array(ledgerEntryView),
            more: z.boolean(),
            forgotten: z.int().describe('Entries that fell off the old end'),
          }),
          ...problem,
        },
      },
    },
    (request) => {
      const { after, limit, ...wanted } = request.query;
      const matching = simulator.ledger
        .query(wanted satisfies LedgerFilter)
        .filter(({ sequence }) => sequence > after);
      return {
        entries: matching.slice(0, limit).map(describeLedgerEntry),
        more: matching.length > limit,
        forgotten: simulator.ledger.forgotten,
      };
    },
  );

  app.get(
    '/api/ledger/count',
    {
      schema: {
        tags: ['Ledger'],
        summary: 'Count stanzas by what happened to them',
        querystring: filter,
        response: {
          200: z.object({
            count: z.int(),
            byEvent: z.record(z.string(), z.int()),
            uniqueIds: z.int().describe('How many different ids are among them'),
          }),
          ...problem,
        },
      },
    },
    (request) => {
      const entries = simulator.ledger.query(request.query);
      const byEvent: Record<string, number> = {};
      for (const { event } of entries) byEvent[event] = (byEvent[event] ?? 0) + 1;
      return {
        count: entries.length,
        byEvent,
        uniqueIds: new Set(entries.map(({ id }) => id)).size,
      };
    },
  );

  app.get(
    '/api/ledger/wait',
    {
      schema: {
        tags: ['Ledger'],
        summary: 'Wait for an entry, past or future',
        querystring: filter.extend({ timeoutMs }),
        response: { 200: ledgerEntryView, ...problem },
      },
    },
    (request) => {
      const { timeoutMs, ...wanted } = request.query;
      return waits.until(async () =>
        describeLedgerEntry(await simulator.ledger.waitFor(wanted, timeoutMs)),
      );
    },
  );
};

/** Every rule that a client broke. */
export const violationRoutes: Routes = (app, { simulator }) => {
  app.get(
    '/api/violations',
    {
      schema: {
        tags: ['Ledger'],
        summary: 'Rules that clients broke, oldest first',
        description: 'A test that talks to the simulator should end with an empty list.',
        response: { 200: z.object({ violations: z.array(violationView) }), ...problem },
      },
    },
    () => ({ violations: simulator.violations.list().map(describeViolation) }),
  );

  app.delete(
    '/api/violations',
    {
      schema: {
        tags: ['Ledger'],
        summary: 'Forget the violations',
        response: { 204: z.null(), ...problem },
      },
    },
    async (_request, reply) => {
      simulator.violations.clear();
      return reply.code(204).send(null);
    },
  );
};
