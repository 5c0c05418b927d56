import { z } from 'zod';
import { phoneAddress } from '../contacts/address.ts';
import { parseRecipient } from '../contacts/recipient.ts';
import type { App } from '../http/app.ts';
import { addressCursor, nextPage, pageAfter, pageQuery } from '../http/paging.ts';
import { problemSchema } from '../http/problem.ts';
import { Problem } from '../kernel/errors.ts';
import type { OptOuts } from './optout.ts';
import type { OptOut } from './store.ts';

const person = z
  .string()
  .min(1)
  .max(128)
  .describe('Phone number with country code, or a WhatsApp address of a person');

const optOutSchema = z.object({
  chatId: z.string(),
  source: z.enum(['stop_word', 'api']),
  note: z.string().nullable(),
  since: z.iso.datetime(),
});

const word = z.string().trim().min(1).max(64);
const wordsSchema = z.object({
  stop: z.array(word).max(50).describe('A message that says just this opts its author out'),
  start: z.array(word).max(50).describe('... and this takes it back'),
});

const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };

/** People who do not want messages; sends to them fail with `recipient_opted_out`. */
export function registerOptOutRoutes(app: App, { optOuts }: { readonly optOuts: OptOuts }): void {
  registerList(app, optOuts);
  registerWords(app, optOuts);
}

function registerList(app: App, optOuts: OptOuts): void {
  app.route({
    method: 'GET',
    url: '/opt-outs',
    config: { scope: 'contacts:read' },
    schema: {
      tags: ['Opt-outs'],
      summary: 'People who do not want messages',
      querystring: pageQuery(100, 500, addressCursor),
      response: {
        200: z.object({ items: z.array(optOutSchema), next: nextPage('after') }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, query }) => {
      const found = await optOuts.page(workspaceId, query.limit, query.after ?? null);
      const next = pageAfter(found, query.limit, ({ chatId }) => chatId);
      return { items: found.map(view), next };
    },
  });

  app.route({
    method: 'PUT',
    url: '/opt-outs/:person',
    config: { scope: 'contacts:write', problems: ['invalid_recipient'] },
    schema: {
      tags: ['Opt-outs'],
      summary: 'Send nothing to this person any more',
      params: z.object({ person }),
      body: z.strictObject({ note: z.string().min(1).max(500).optional() }).nullish(),
      response: { 200: optOutSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) =>
      view(await optOuts.add(workspaceId, addressOf(params.person), body?.note ?? null)),
  });

  app.route({
    method: 'DELETE',
    url: '/opt-outs/:person',
    config: { scope: 'contacts:write', problems: ['invalid_recipient', 'opt_out_not_found'] },
    schema: {
      tags: ['Opt-outs'],
      summary: 'This person takes messages again',
      params: z.object({ person }),
      response: {
        200: z.object({ success: z.literal(true), chatId: z.string() }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params }) => {
      const chatId = addressOf(params.person);
      if (await optOuts.remove(workspaceId, chatId)) return { success: true as const, chatId };
      throw new Problem('opt_out_not_found', 'This person is not on the opt-out list.');
    },
  });
}

function registerWords(app: App, optOuts: OptOuts): void {
  app.route({
    method: 'GET',
    url: '/opt-out-words',
    config: { scope: 'contacts:read' },
    schema: {
      tags: ['Opt-outs'],
      summary: 'The words by which people leave and come back',
      response: { 200: wordsSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId }) => viewWords(await optOuts.words(workspaceId)),
  });

  app.route({
    method: 'PUT',
    url: '/opt-out-words',
    config: { scope: 'contacts:write' },
    schema: {
      tags: ['Opt-outs'],
      summary: 'Set the words; empty lists turn them off',
      body: wordsSchema.strict(),
      response: { 200: wordsSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, body }) => {
      await optOuts.setWords(workspaceId, body);
      return body;
    },
  });
}

/** A person's address; WhatsApp is not asked, so that anybody can be listed. */
function addressOf(text: string): string {
  const recipient = parseRecipient(text);
  switch (recipient.kind) {
    case 'phone':
      return phoneAddress(recipient.phone);
    case 'lid':
      return recipient.chatId;
    case 'invalid':
      throw new Problem('invalid_recipient', recipient.reason);
    case 'group':
    case 'newsletter':
    case 'status':
      throw new Problem('invalid_recipient', 'Only people can be on the opt-out list.');
  }
}

const view = ({ chatId, source, note, atMs }: OptOut) => ({
  chatId,
  source,
  note,
  since: new Date(atMs).toISOString(),
});

const viewWords = (words: { stop: readonly string[]; start: readonly string[] }) => ({
  stop: [...words.stop],
  start: [...words.start],
});
