import { z } from 'zod';
import { languageTag, templateName, valuesSchema } from '../templates/template.ts';
import { contentType } from './content-type.ts';

export const template = contentType({
  name: 'template',
  summary: 'A stored text with its variables filled in',
  fields: {
    name: templateName,
    language: languageTag.optional(),
    languageCode: languageTag.describe('The same as language').optional(),
    variables: valuesSchema.optional(),
    bodyParams: z
      .array(z.string().max(1024))
      .max(20)
      .describe('Values of {{1}}, {{2}}, ..., instead of variables')
      .optional(),
  },
  check: ({ variables, bodyParams }, report) => {
    if (variables !== undefined && bodyParams !== undefined) {
      report('bodyParams', 'Give either variables or bodyParams, not both');
    }
  },
  build: (fields, pointer) => ({
    type: 'template',
    name: fields.name,
    language: fields.language ?? fields.languageCode ?? '',
    variables:
      fields.variables ??
      Object.fromEntries((fields.bodyParams ?? []).map((value, i) => [String(i + 1), value])),
    pointer: `${pointer}/${fields.bodyParams === undefined ? 'variables' : 'bodyParams'}`,
  }),
  examples: [
    { name: 'order_shipped', language: 'en', variables: { name: 'Ana', order: 1234 } },
    { name: 'hello_world', languageCode: 'en_US', bodyParams: ['Ana'] },
  ],
});
