import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import { describeCatalogue, namesSomething } from './catalogue/catalogue.ts';
import type { Events } from './events.ts';
import { sseStream } from './sse.ts';
import type { EventFilter, StoredEvent } from './store.ts';

export interface EventRouteDeps {
  readonly events: Pick<Events, 'read' | 'bounds' | 'subscribe'>;
  readonly clock: Clock;
}

/** Live streams of one workspace at the same time; each holds a connection. */
const MAX_STREAMS = 50;

const tags = ['Events'];
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

const cursor = z.string().regex(/^\d{1,15}$/, 'is no cursor of this log');

/** `event=a,b` and `event=a&event=b` mean the same. */
const eventNames = z
  .union([z.string(), z.array(z.string()).max(100)])
  .transform((value) => [value].flat().flatMap((names) => names.split(',')))
  .pipe(
    z.array(
      z
        .string()
        .max(64, { abort: true })
        .refine(namesSomething, {
          error: ({ input }) =>
            `"${String(input)}" is no event of the catalogue (GET /events/catalogue)`,
        }),
    ),
  )
  .describe(
    'Names or patterns such as `message.*`, comma-separated; `*` leaves `presence.*` out, no filter does not',
  );

const filterQuery = { event: eventNames.optional(), sessionId: z.string().max(64).optional() };

const eventView = z
  .object({
    id: z.string(),
    event: z.string(),
    sessionId: z.string().nullable(),
    workspaceId: z.string(),
    timestamp: z.iso.datetime(),
    data: z.record(z.string(), z.unknown()),
    cursor: z.string().describe('Its place in the log: pass it as `after` to go on from here'),
  })
  .meta({
    id: 'Event',
    examples: [
      {
        id: '01KAQ5V1Z8T0M3K9YB2N6R4C7D',
        event: 'message.received',
        sessionId: 'support',
        workspaceId: 'default',
        timestamp: '2030-03-04T09:00:00.000Z',
        data: {
          from: '5511999999999@s.whatsapp.net',
          pushName: 'Ana',
          messageId: '3EB0C127D7BACC83D6A1',
          text: 'Hello!',
          hasMedia: false,
          timestamp: 1898845200,
        },
        cursor: '1042',
      },
    ],
  });

const pageView = z.object({
  events: z.array(eventView),
  next: z.string().describe('Pass as `after` to go on; the same as before when nothing is new'),
  more: z.boolean().describe('There is more to read right now'),
  gap: z.boolean().describe('Events after the given cursor have been removed by retention'),
});

/** The log of events: by cursor, live, and what there is to expect. */
export function registerEventRoutes(app: App, deps: EventRouteDeps): void {
  registerCatalogue(app);
  registerPages(app, deps);
  registerStream(app, deps);
}

function registerCatalogue(app: App): void {
  app.route({
    method: 'GET',
    url: '/events/catalogue',
    config: { scope: 'events:read', session: 'filtered' },
    schema: {
      tags,
      summary: 'Every event there is, with schema and example',
      response: {
        200: z.array(
          z.object({
            event: z.string(),
            version: z.int(),
            summary: z.string(),
            schema: z.record(z.string(), z.unknown()).describe('JSON Schema of `data`'),
            example: z.record(z.string(), z.unknown()),
          }),
        ),
        ...problemAnswers,
      },
    },
    handler: async () => [...describeCatalogue()],
  });
}

function registerPages(app: App, { events }: EventRouteDeps): void {
  app.route({
    method: 'GET',
    url: '/events',
    config: { scope: 'events:read', session: 'query' },
    schema: {
      tags,
      summary: 'The log, oldest first, from a cursor on',
      description:
        'A consumer that was away reads from its last cursor until `more` is false, or opens the live stream with it.',
      querystring: z.object({
        ...filterQuery,
        after: cursor.default('0'),
        limit: z.coerce.number().int().min(1).max(500).default(100),
      }),
      response: { 200: pageView, ...problemAnswers },
    },
    handler: async ({ workspaceId, query }) => {
      const after = Number(query.after);
      const bounds = await events.bounds(workspaceId);
      const page = await events.read(workspaceId, after, query.limit, filterOf(query));
      const more = page.length === query.limit;
      // What the filter passed over need not be read again.
      const end = more
        ? (page.at(-1)?.seq ?? after)
        : Math.max(after, bounds.newest, lastSeq(page));
      return {
        events: page.map(viewEvent),
        next: String(end),
        more,
        gap: after > 0 && after + 1 < bounds.oldest,
      };
    },
  });
}

function registerStream(app: App, { events, clock }: EventRouteDeps): void {
  const open = new Map<AbortController, string>();
  app.addHook('preClose', async () => {
    for (const controller of open.keys()) controller.abort();
  });

  app.route({
    method: 'GET',
    url: '/events/stream',
    config: { scope: 'events:read', session: 'query' },
    schema: {
      tags,
      summary: 'The log, live, as server-sent events',
      description:
        'Goes on after `Last-Event-ID` or `after`, else begins now. A comment line comes every 15 seconds. A consumer that takes nothing for a minute is disconnected.',
      querystring: z.object({ ...filterQuery, after: cursor.optional() }),
      produces: ['text/event-stream'],
    },
    handler: async (request, reply) => {
      const { workspaceId, query } = request;
      if ([...open.values()].filter((id) => id === workspaceId).length >= MAX_STREAMS) {
        throw new Problem('too_many_streams', `Close one; ${MAX_STREAMS} is the limit.`);
      }
      const controller = new AbortController();
      open.set(controller, workspaceId);
      reply.raw.once('close', () => {
        open.delete(controller);
        controller.abort();
      });
      const lastSeen = cursor.safeParse(request.headers['last-event-id']).data ?? query.after;
      const after = lastSeen ?? (await events.bounds(workspaceId)).newest;
      const pages = events.subscribe(
        workspaceId,
        Number(after),
        filterOf(query),
        controller.signal,
      );
      const onStall = () => void reply.raw.destroy();
      return (
        reply
          // Else the connection would idle on after the stream's end, and hold up a stop of the service.
          .header('connection', 'close')
          .header('cache-control', 'no-store')
          .header('x-accel-buffering', 'no')
          .type('text/event-stream; charset=utf-8')
          .send(sseStream({ pages, clock, render: viewEvent, onStall }))
      );
    },
  });
}

function filterOf(query: { event?: string[] | undefined; sessionId?: string | undefined }) {
  const filter: EventFilter = {
    ...(query.event === undefined ? {} : { events: query.event }),
    ...(query.sessionId === undefined ? {} : { sessionId: query.sessionId }),
  };
  return filter;
}

function lastSeq(page: readonly StoredEvent[]): number {
  return page.at(-1)?.seq ?? 0;
}

/** An event as every consumer sees it, with its cursor. */
function viewEvent(event: StoredEvent) {
  return {
    id: event.id,
    event: event.event,
    sessionId: event.sessionId === '' ? null : event.sessionId,
    workspaceId: event.workspaceId,
    timestamp: new Date(event.timestampMs).toISOString(),
    data: event.data,
    cursor: String(event.seq),
  };
}
