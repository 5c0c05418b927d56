import { z } from 'zod';
import { parseRecipient } from '../contacts/recipient.ts';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { Problem } from '../kernel/errors.ts';
import { sessionParams } from './params.ts';
import type { Sessions } from './supervisor.ts';
import { viewSchema } from './view-schema.ts';

/** How long a request waits for the code: a connection has to be made and WhatsApp asked. */
const PAIR_WAIT_MS = 30_000;

const pairing = viewSchema.extend({
  code: z.string().meta({ example: 'ABCD-EFGH' }).describe('To be typed on the phone'),
  expiresAt: z.iso.datetime().describe('The code is of no use afterwards'),
});

/** Linking by a code instead of a QR code. */
export function registerPairRoute(app: App, sessions: Sessions): void {
  app.route({
    method: 'POST',
    url: '/sessions/:id/pair',
    config: {
      scope: 'sessions:write',
      problems: ['invalid_phone', 'already_paired', 'pairing_refused', 'whatsapp_unreachable'],
    },
    schema: {
      tags: ['Sessions'],
      summary: 'A code to type on the phone instead of scanning',
      description:
        'Creates the session when it is new. Waits up to 30 seconds for the code. On the phone: Settings, Linked devices, Link a device, *Link with phone number instead*. Asked again for the same number, the code that is still good comes back; it lives for 160 seconds. The event `session.pairing_code` tells of each new one.',
      params: sessionParams,
      body: z.strictObject({
        phone: z
          .string()
          .max(64)
          .meta({ example: '5511999999999' })
          .describe('The number of the phone, with country code; formatted is fine'),
      }),
      response: { 200: pairing, '4xx': problemSchema, '5xx': problemSchema },
    },
    handler: async (request, reply) => {
      const phone = readPhone(request.body.phone);
      reply.header('cache-control', 'no-store');
      return sessions.pair(request.workspaceId, request.params.id, phone, PAIR_WAIT_MS);
    },
  });
}

function readPhone(text: string): string {
  const read = parseRecipient(text);
  if (read.kind === 'phone') return read.phone;
  const reason =
    read.kind === 'invalid' ? read.reason : 'It is the address of something else than a phone.';
  throw new Problem('invalid_phone', reason, [
    { field: '/phone', message: 'must be a phone number with country code' },
  ]);
}
