import { z } from 'zod';
import type { App } from '../../http/app.ts';
import { problemSchema } from '../../http/problem.ts';
import type { StoredTemplate } from './store.ts';
import { languageTag, templateFields, templateName, valuesSchema } from './template.ts';
import type { Templates } from './templates.ts';

const templateSchema = z
  .object({
    name: z.string(),
    language: z.string(),
    description: z.string(),
    variables: z.record(
      z.string(),
      z.object({ type: z.string(), fallback: z.string().optional() }),
    ),
    content: z.record(z.string(), z.unknown()),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Template' });

const params = z.object({ name: templateName });
const languageQuery = z.object({ language: languageTag.optional() });
const problemAnswers = { '4xx': problemSchema, '5xx': problemSchema };
const tags = ['Templates'];

/** Stored texts: list, read, write, remove, and a look at what they become. */
export function registerTemplateRoutes(app: App, { templates }: { templates: Templates }): void {
  registerReading(app, templates);
  registerWriting(app, templates);
}

function registerReading(app: App, templates: Templates): void {
  app.route({
    method: 'GET',
    url: '/templates',
    config: { scope: 'templates:read' },
    schema: {
      tags,
      summary: 'All templates',
      response: { 200: z.array(templateSchema), ...problemAnswers },
    },
    handler: async ({ workspaceId }) => (await templates.list(workspaceId)).map(view),
  });

  app.route({
    method: 'GET',
    url: '/templates/:name',
    config: { scope: 'templates:read', problems: ['template_not_found'] },
    schema: {
      tags,
      summary: 'One template',
      params,
      querystring: languageQuery,
      response: { 200: templateSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, query }) =>
      view(await templates.get(workspaceId, params.name, query.language ?? '')),
  });

  app.route({
    method: 'POST',
    url: '/templates/:name/preview',
    config: { scope: 'templates:read', problems: ['template_not_found', 'template_variables'] },
    schema: {
      tags,
      summary: 'What a template becomes; nothing is sent',
      params,
      body: z.strictObject({
        language: languageTag.default(''),
        variables: valuesSchema.default({}),
      }),
      response: {
        200: z.object({ content: z.looseObject({ type: z.string() }) }),
        ...problemAnswers,
      },
    },
    handler: async ({ workspaceId, params, body }) => {
      const content = await templates.render(workspaceId, {
        name: params.name,
        language: body.language,
        variables: body.variables,
        pointer: '/variables',
      });
      return { content: { ...content } };
    },
  });
}

function registerWriting(app: App, templates: Templates): void {
  app.route({
    method: 'PUT',
    url: '/templates/:name',
    config: { scope: 'templates:write', problems: ['too_many_templates'] },
    schema: {
      tags,
      summary: 'Create or replace a template',
      params,
      body: z.strictObject(templateFields),
      response: { 200: templateSchema, ...problemAnswers },
    },
    handler: async ({ workspaceId, params, body }) =>
      view(await templates.save(workspaceId, { name: params.name, ...body })),
  });

  app.route({
    method: 'DELETE',
    url: '/templates/:name',
    config: { scope: 'templates:write', problems: ['template_not_found'] },
    schema: {
      tags,
      summary: 'Remove a template, in one language or in all',
      params,
      querystring: languageQuery,
      response: { 200: z.object({ success: z.literal(true) }), ...problemAnswers },
    },
    handler: async ({ workspaceId, params, query }) => {
      await templates.remove(workspaceId, params.name, query.language ?? null);
      return { success: true as const };
    },
  });
}

const view = ({ createdAtMs, updatedAtMs, ...template }: StoredTemplate) => ({
  ...template,
  createdAt: new Date(createdAtMs).toISOString(),
  updatedAt: new Date(updatedAtMs).toISOString(),
});
