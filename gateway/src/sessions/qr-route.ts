import type { FastifyReply } from 'fastify';
import type { App } from '../http/app.ts';
import { Problem } from '../kernel/errors.ts';
import { sessionParams } from './params.ts';
import { qrDataUrl, qrPng, qrSvg, qrTerminal } from './qr.ts';
import { pickQrFormat } from './qr-format.ts';
import type { Sessions } from './supervisor.ts';
import type { SessionView } from './view.ts';

/** The QR code in the form that the client can show. */
export function registerQrRoute(app: App, sessions: Sessions): void {
  app.route({
    method: 'GET',
    url: '/sessions/:id/qr',
    config: { scope: 'sessions:write' },
    schema: {
      tags: ['Sessions'],
      summary: 'The QR code to scan',
      description: 'PNG; SVG, terminal text or JSON when `Accept` asks for it.',
      params: sessionParams,
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const text = sessions.qr(request.workspaceId, id);
      if (text === null) throw noQr(sessions.get(request.workspaceId, id));
      return sendQr(reply.header('cache-control', 'no-store'), text, request.headers.accept);
    },
  });
}

async function sendQr(reply: FastifyReply, text: string, accept: string | undefined) {
  switch (pickQrFormat(accept)) {
    case 'png':
      return reply.type('image/png').send(await qrPng(text));
    case 'svg':
      return reply.type('image/svg+xml').send(await qrSvg(text));
    case 'text':
      return reply.type('text/plain; charset=utf-8').send(await qrTerminal(text));
    case 'json':
      return reply.send({ qr: text, qrImage: await qrDataUrl(text) });
  }
}

function noQr(view: SessionView): Problem {
  const detail =
    view.status === 'open'
      ? 'The session is already paired and connected.'
      : `The session is "${view.state}". ${view.userAction ?? 'Ask again in a moment.'}`;
  return new Problem('qr_not_available', detail);
}
