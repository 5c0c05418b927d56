import { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import { bodyProblem } from '../messages/catalogue/problem.ts';
import { MAX_VALUE, valuesSchema } from '../messages/templates/template.ts';
import { readCsv } from './csv.ts';
import type { BulkRequest } from './draft.ts';
import { type ListEntry, MAX_RECIPIENTS } from './recipient-list.ts';

const MAX_POOL = 50;

const to = z.string().min(1).max(128);
const name = z.string().min(1).max(128).describe('For people; shown in lists and events');
const sessionIds = z
  .array(z.string().min(1).max(64))
  .max(MAX_POOL)
  .describe('Further sessions that share the work. People hear from the one they know');

/** Beside these fields stands what `send` takes, without `to`: one content and its options. */
export const bulkBody = z
  .looseObject({
    recipients: z
      .array(z.union([to, z.strictObject({ to, variables: valuesSchema.default({}) })]))
      .max(MAX_RECIPIENTS)
      .describe('Numbers or addresses, each with the variables of its message')
      .optional(),
    csv: z
      .string()
      .describe('Instead of recipients: a table with a header row and a column `to`')
      .optional(),
    sessions: sessionIds.optional(),
    name: name.optional(),
    dryRun: z
      .boolean()
      .describe('Sends nothing: answers when it would be done, and why')
      .optional(),
  })
  .describe(
    'One content of `send` with its options; `{{name}}` in any of its texts is replaced by the ' +
      "recipient's variable. `sendAt` and `expiresAt` hold for the whole.",
  )
  .meta({
    examples: [
      {
        recipients: [{ to: '5511999999999', variables: { name: 'Ana' } }],
        text: 'Hello {{name}}, the new menu is here.',
      },
    ],
  });

/** What a request with a table as its body says in its query. */
export const bulkQuery = z.object({
  text: z
    .string()
    .max(4_096)
    .describe('With a body of type text/csv: what to send; absent: its column `text`')
    .optional(),
  name: name.optional(),
  sessions: z.string().max(4_096).describe('Session ids, separated by commas').optional(),
  dryRun: z.enum(['true', 'false']).optional(),
});

/** A request to send in bulk, or to think about it. */
export interface BulkCall {
  readonly request: BulkRequest;
  readonly dryRun: boolean;
}

/** Reads JSON, or a table (`body` is a text then); throws a `Problem` that names each wrong field. */
export function readBulkCall(body: unknown, query: z.output<typeof bulkQuery>): BulkCall {
  if (typeof body === 'string') {
    const { text = '{{text}}', name: label, sessions, dryRun } = query;
    const entries = entriesOf(body);
    if (query.text === undefined && entries.length > 0) requireTexts(entries);
    return {
      request: {
        name: label ?? null,
        sessions: sessions?.split(',').map((id) => id.trim()) ?? [],
        entries,
        content: { text },
      },
      dryRun: dryRun === 'true',
    };
  }
  const parsed = bulkBody.safeParse(body);
  if (!parsed.success) throw bodyProblem(parsed.error, body);
  const { recipients, csv, sessions = [], name: label, dryRun, ...content } = parsed.data;
  if ((recipients === undefined) === (csv === undefined)) {
    throw new Problem('missing_field', 'Give either recipients or csv.', [
      { field: '/recipients', message: 'Give either recipients or csv' },
    ]);
  }
  if ('to' in content) {
    throw new Problem('unknown_field', 'A bulk send has recipients instead of "to".', [
      { field: '/to', message: 'Give recipients instead' },
    ]);
  }
  const entries =
    csv === undefined
      ? (recipients ?? []).map((one) =>
          typeof one === 'string' ? { to: one, variables: {} } : one,
        )
      : entriesOf(csv);
  const asksOnly = dryRun ?? query.dryRun === 'true';
  return { request: { name: label ?? null, sessions, entries, content }, dryRun: asksOnly };
}

/** A table that comes without a text brings one for somebody at least. */
function requireTexts(entries: readonly ListEntry[]): void {
  if (entries.some(({ variables }) => Object.hasOwn(variables, 'text'))) return;
  const message = 'Nothing says what to send: give ?text= or a column text';
  throw new Problem('content_missing', `${message}.`, [{ field: '/text', message }]);
}

/** The header names the variables of all rows; their values are held to what JSON may carry. */
function entriesOf(csv: string): ListEntry[] {
  return readCsv(csv, MAX_RECIPIENTS).map(({ line, to: recipient, variables }) => {
    for (const [column, value] of Object.entries(variables)) {
      if (value.length <= MAX_VALUE) continue;
      const message = `Line ${line}: ${column} has more than ${MAX_VALUE} characters`;
      throw new Problem('invalid_csv', `${message}.`, [{ field: '/csv', message }]);
    }
    return { line, to: recipient, variables };
  });
}
