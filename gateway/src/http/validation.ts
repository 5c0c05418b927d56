import type { FastifySchemaCompiler } from 'fastify';
import type { FastifyRouteSchemaDef, FastifyValidationResult } from 'fastify/types/schema.js';
import type { z } from 'zod';
import { Problem } from '../kernel/errors.ts';
import { bodyProblem } from '../messages/catalogue/problem.ts';

/**
 * Validates each part of a request with its zod schema. What is wrong becomes a `Problem` that names
 * each field; a wrong session id has a code of its own, since it stands in almost every path.
 */
export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return { value: parsed.data };
    return { error: partProblem(parsed.error, value, httpPart ?? 'body') };
  };
};

function partProblem(error: z.ZodError, value: unknown, part: string): Problem {
  const problem = bodyProblem(error, value);
  if (part === 'body') return problem;
  const pointsAtId = problem.fields.some(({ field }) => field === '/id');
  if (part === 'params' && pointsAtId) {
    return new Problem(
      'invalid_session_id',
      'A session id has 1 to 64 letters, digits, "-" or "_".',
      problem.fields,
    );
  }
  const where = part === 'querystring' ? 'query' : part;
  const first = problem.fields[0];
  return new Problem(
    'invalid_request',
    `The ${where} is not valid: ${first?.field} ${first?.message}.`,
    problem.fields,
  );
}

/** For bodies that are read by a domain's own catalogue: the schema serves the reference alone. */
export function bodyReadByDomain<T>(route: FastifyRouteSchemaDef<T>): FastifyValidationResult {
  if (route.httpPart === 'body') return (value: unknown) => ({ value });
  return compileValidator(route as FastifyRouteSchemaDef<z.ZodType>);
}
