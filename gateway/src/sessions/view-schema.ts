import { z } from 'zod';

/** A session in answers: see `SessionView`. */
export const viewSchema = z
  .object({
    id: z.string(),
    status: z.enum(['open', 'qr', 'close', 'connecting']),
    state: z.string().describe('The finer truth behind `status`'),
    reason: z.string().nullable(),
    since: z.iso.datetime(),
    nextRetryAt: z.iso.datetime().nullable(),
    userAction: z.string().nullable().describe('What a person has to do; null when nothing'),
    phone: z.string().nullable(),
    lid: z.string().nullable(),
    pushName: z.string().nullable(),
    createdAt: z.iso.datetime(),
    clientVersion: z
      .string()
      .meta({ example: '2.3000.1043857760' })
      .describe('The version of WhatsApp Web that is presented when connecting'),
    health: z
      .object({
        lastFrameAt: z.iso.datetime().describe('When WhatsApp was last heard of'),
        pingMs: z.number().nullable().describe('How long WhatsApp took to answer the last ping'),
        unackedSends: z.int().describe('Sends that wait for the answer of WhatsApp'),
        undecryptable: z
          .int()
          .describe(
            'Messages that could not be decrypted when they came, since the service was started. ' +
              'Each is asked for again at once, and counts again if that does not help',
          ),
      })
      .nullable()
      .describe('What was measured of the open connection; null while there is none'),
  })
  .meta({
    id: 'Session',
    examples: [
      {
        id: 'support',
        status: 'open',
        state: 'open',
        reason: null,
        since: '2030-03-04T09:00:00.000Z',
        nextRetryAt: null,
        userAction: null,
        phone: '5511999999999',
        lid: null,
        pushName: 'The shop',
        createdAt: '2030-03-01T12:00:00.000Z',
        clientVersion: '2.3000.1043857760',
        health: {
          lastFrameAt: '2030-03-04T10:00:00.000Z',
          pingMs: 84,
          unackedSends: 0,
          undecryptable: 0,
        },
      },
    ],
  });
