import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { Problem } from './problem.ts';

/** Validates each part of a request with its zod schema; what is wrong is named field by field. */
export const compileValidator: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (value: unknown) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    const fields = parsed.error.issues.slice(0, MAX_FIELDS).map((issue) => ({
      field: `/${issue.path.map(escapePointer).join('/')}`,
      message: issue.message,
    }));
    const part = httpPart === 'querystring' ? 'query' : (httpPart ?? 'body');
    const first = fields[0];
    const detail = `The ${part} is not valid: ${first?.field} ${first?.message}.`;
    return { error: new Problem('invalid_request', detail, fields) };
  };

/** Nobody mends more mistakes than these at once. */
const MAX_FIELDS = 20;

/** RFC 6901. */
function escapePointer(segment: PropertyKey): string {
  return String(segment).replaceAll('~', '~0').replaceAll('/', '~1');
}
