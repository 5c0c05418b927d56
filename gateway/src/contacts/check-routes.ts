import { z } from 'zod';
import type { App } from '../http/app.ts';
import { problemSchema } from '../http/problem.ts';
import { Problem } from '../kernel/errors.ts';
import { sessionParams } from '../sessions/params.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { NotConnected } from '../whatsapp/port.ts';
import { checkNumbers } from './check.ts';
import type { Recipients } from './recipients.ts';

export interface CheckRouteDeps {
  readonly recipients: Pick<Recipients, 'check'>;
  /** Throws `session_not_found`. */
  readonly session: (workspaceId: string, id: string) => SessionRecord;
}

/** WhatsApp answers fifty numbers at a time, and does not like to be asked about thousands. */
const MAX_NUMBERS = 500;

const numberSchema = z
  .object({
    input: z.string().describe('As asked'),
    exists: z.boolean(),
    chatId: z.string().nullable().describe('Where to write to; null: nobody has the number'),
    phone: z.string().nullable().describe("WhatsApp's own spelling of the number"),
    lid: z.string().nullable(),
    error: z.string().nullable().describe('Why it is no number at all'),
  })
  .meta({
    id: 'CheckedNumber',
    examples: [
      {
        input: '+55 11 99999-9999',
        exists: true,
        chatId: '5511999999999@s.whatsapp.net',
        phone: '5511999999999',
        lid: null,
        error: null,
      },
    ],
  });

const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** Who of some numbers is on WhatsApp. */
export function registerCheckRoutes(app: App, deps: CheckRouteDeps): void {
  const check = async (workspaceId: string, id: string, inputs: readonly string[]) => {
    const { key } = deps.session(workspaceId, id);
    return checkNumbers(deps.recipients, key, inputs).catch(explainOffline);
  };

  app.route({
    method: 'POST',
    url: '/sessions/:id/contacts/check',
    config: { scope: 'contacts:read', problems: ['whatsapp_unreachable'] },
    schema: {
      tags: ['Contacts'],
      summary: 'Which of these numbers are on WhatsApp',
      description:
        'Answers are remembered: 30 days for those who are, an hour for those who are not.',
      params: sessionParams,
      body: z.strictObject({
        numbers: z.array(z.string().min(1).max(64)).min(1).max(MAX_NUMBERS),
      }),
      response: { 200: z.object({ numbers: z.array(numberSchema) }), ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) => ({
      numbers: await check(workspaceId, params.id, body.numbers),
    }),
  });

  app.route({
    method: 'GET',
    url: '/sessions/:id/contacts/check/:number',
    config: { scope: 'contacts:read', problems: ['invalid_recipient', 'whatsapp_unreachable'] },
    schema: {
      tags: ['Contacts'],
      summary: 'Whether a number is on WhatsApp',
      params: sessionParams.extend({ number: z.string().min(1).max(64) }),
      response: { 200: numberSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params }) => {
      const [checked] = await check(workspaceId, params.id, [params.number]);
      if (checked === undefined || checked.error !== null) throw invalid(checked?.error);
      return checked;
    },
  });
}

function invalid(error: string | null | undefined): Problem {
  const reason = error ?? 'It is not a phone number.';
  return new Problem('invalid_recipient', reason, [{ field: '/number', message: reason }]);
}

function explainOffline(error: unknown): never {
  if (!(error instanceof NotConnected)) throw error;
  throw new Problem(
    'whatsapp_unreachable',
    'The session is not connected, so WhatsApp cannot be asked. Try again when it is open.',
  );
}
