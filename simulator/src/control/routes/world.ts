import { z } from 'zod';
import type { Routes } from '../app.ts';
import { problem } from '../contract/requests.ts';
import { VERSION } from '../version.ts';

const info = z.object({
  version: z.string(),
  seed: z.int(),
  whatsappUrl: z.string().describe('For `WHATSAPP_URL`; clients connect to it'),
  rootKey: z.string().describe("For `WHATSAPP_ROOT_KEY`: root of the server's certificate chain"),
  mediaHost: z.string().describe('Where files are, by HTTPS'),
  accounts: z.int(),
  groups: z.int(),
  connections: z.int(),
});

const eventsQuery = z.object({
  account: z.string().max(100).optional().describe('Messages and typing of this phone only'),
  events: z
    .string()
    .max(500)
    .optional()
    .describe('Names, or what stands before the dot: `message,device.online,ledger`'),
});

/** What concerns the simulator as a whole. */
export const worldRoutes: Routes = (app, { simulator, seed, feed, account }) => {
  app.get(
    '/api/info',
    {
      schema: {
        tags: ['World'],
        summary: 'What to tell clients',
        response: { 200: info, ...problem },
      },
    },
    () => ({
      version: VERSION,
      seed,
      whatsappUrl: simulator.url,
      rootKey: simulator.rootKeyHex,
      mediaHost: simulator.media.host,
      accounts: simulator.accounts.all().length,
      groups: simulator.groups.all().length,
      connections: simulator.connections,
    }),
  );

  app.get(
    '/media-ca.pem',
    {
      schema: {
        tags: ['World'],
        summary: 'Authority behind the media server',
        description: 'For `NODE_EXTRA_CA_CERTS` and the like.',
      },
    },
    (_request, reply) => reply.type('application/x-pem-file').send(simulator.mediaCaPem),
  );

  app.get(
    '/api/events',
    {
      schema: {
        tags: ['World'],
        summary: 'Everything that happens, as server-sent events',
        description:
          'Each event carries the new state of what it is about. There is no memory: after a gap, read ' +
          'anew. Ledger entries come only when `events` names `ledger`.',
        querystring: eventsQuery,
      },
    },
    (request, reply) => {
      const { account: number, events } = request.query;
      const stream = feed.subscribe({
        account: number === undefined ? null : account(number).number,
        names: events === undefined ? null : events.split(',').map((name) => name.trim()),
      });
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
    },
  );
};

/** What is done to all clients at once. */
export const upheavalRoutes: Routes = (app, { simulator }) => {
  app.post(
    '/api/connections/drop',
    {
      schema: {
        tags: ['World'],
        summary: 'Cut the connections of all clients',
        description: 'Without a word, as when a network goes away.',
        response: { 200: z.object({ dropped: z.int() }), ...problem },
      },
    },
    () => {
      const dropped = simulator.connections;
      simulator.drop();
      return { dropped };
    },
  );

  app.post(
    '/api/reset',
    {
      schema: {
        tags: ['World'],
        summary: 'Start the world anew',
        description:
          'Accounts, chats, groups, faults, violations and the ledger are gone, clients cut off. ' +
          'Addresses and keys of the server stay.',
        response: { 200: z.object({ reset: z.literal(true) }), ...problem },
      },
    },
    () => {
      simulator.reset();
      return { reset: true as const };
    },
  );
};
