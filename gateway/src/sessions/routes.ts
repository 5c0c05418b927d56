import { z } from 'zod';
import { seesSession } from '../access/caller.ts';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { registerPairRoute } from './pair-route.ts';
import { sessionParams } from './params.ts';
import { qrDataUrl } from './qr.ts';
import { registerQrRoute } from './qr-route.ts';
import type { Sessions } from './supervisor.ts';
import type { SessionView } from './view.ts';
import { viewSchema } from './view-schema.ts';

/** How long `start` waits for the first QR code or for `open`. */
const START_WAIT_MS = 20_000;

const startedSchema = viewSchema.extend({
  qr: z.string().nullable().describe('The text inside the QR code'),
  qrImage: z.string().nullable().describe('The QR code as a PNG data URL'),
});

const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** State, start, stop and end of sessions, and their QR codes. */
export function registerSessionRoutes(app: App, { sessions }: { sessions: Sessions }): void {
  registerReadRoutes(app, sessions);
  registerLifeRoutes(app, sessions);
  registerQrRoute(app, sessions);
  registerPairRoute(app, sessions);
}

function registerReadRoutes(app: App, sessions: Sessions): void {
  app.route({
    method: 'GET',
    url: '/sessions',
    config: { scope: 'sessions:read', session: 'filtered' },
    schema: {
      tags: ['Sessions'],
      summary: 'All sessions and their state',
      response: { 200: z.array(viewSchema), ...problemAnswers },
    },
    handler: async ({ workspaceId, caller }) =>
      sessions.list(workspaceId).filter(({ id }) => seesSession(caller, id)),
  });

  for (const url of ['/sessions/:id/status', '/sessions/:id']) {
    app.route({
      method: 'GET',
      url,
      config: { scope: 'sessions:read' },
      schema: {
        tags: ['Sessions'],
        summary: 'One session and its state',
        params: sessionParams,
        response: { 200: viewSchema, ...problemAnswers },
      },
      handler: async (request) => sessions.get(request.workspaceId, request.params.id),
    });
  }
}

function registerLifeRoutes(app: App, sessions: Sessions): void {
  app.route({
    method: 'POST',
    url: '/sessions/:id/start',
    config: { scope: 'sessions:write', ignoresBody: true },
    schema: {
      tags: ['Sessions'],
      summary: 'Create and connect a session',
      description:
        'Idempotent. Waits up to 20 seconds for the first QR code, for the connection to open, or for the reason why neither comes.',
      params: sessionParams,
      response: { 200: startedSchema, ...problemAnswers },
    },
    handler: async (request) => {
      const view = await sessions.start(request.workspaceId, request.params.id, START_WAIT_MS);
      return withQr(view, sessions.qr(request.workspaceId, view.id));
    },
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/restart',
    config: { scope: 'sessions:write' },
    schema: {
      tags: ['Sessions'],
      summary: 'Disconnect and connect again',
      description:
        'For a session that misbehaves; one that stands still is started. A pairing under way begins again with a new QR code. Waits like `start`.',
      params: sessionParams,
      response: { 200: startedSchema, ...problemAnswers },
    },
    handler: async (request) => {
      const view = await sessions.restart(request.workspaceId, request.params.id, START_WAIT_MS);
      return withQr(view, sessions.qr(request.workspaceId, view.id));
    },
  });

  app.route({
    method: 'POST',
    url: '/sessions/:id/stop',
    config: { scope: 'sessions:write' },
    schema: {
      tags: ['Sessions'],
      summary: 'Disconnect a session and keep its pairing',
      params: sessionParams,
      response: { 200: viewSchema, ...problemAnswers },
    },
    handler: (request) => sessions.stop(request.workspaceId, request.params.id),
  });

  app.route({
    method: 'DELETE',
    url: '/sessions/:id',
    config: { scope: 'sessions:delete', ignoresBody: true },
    schema: {
      tags: ['Sessions'],
      summary: 'Log out of WhatsApp and remove the session with its data',
      params: sessionParams,
      response: { 200: z.object({ success: z.literal(true), id: z.string() }), ...problemAnswers },
    },
    handler: async (request) => {
      await sessions.remove(request.workspaceId, request.params.id);
      return { success: true as const, id: request.params.id };
    },
  });
}

async function withQr(view: SessionView, qr: string | null) {
  return { ...view, qr, qrImage: qr === null ? null : await qrDataUrl(qr) };
}
