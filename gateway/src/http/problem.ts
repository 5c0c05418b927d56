import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problem, type ProblemCode, problems } from '../kernel/errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the problem that the request was answered with. */
    problemCode: ProblemCode | null;
  }
  interface FastifyContextConfig {
    /** Problems of this route's own, for the reference; those of every route are known anyway. */
    problems?: readonly ProblemCode[];
  }
}

const CODES = Object.keys(problems) as [ProblemCode, ...ProblemCode[]];

/** RFC 9457 problem details, with a stable `code`. */
export const problemSchema = z
  .object({
    type: z.string().describe('URN of the kind of problem'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('What happened here and what to do about it'),
    code: z.enum(CODES).describe('Stable, for programs'),
    retryable: z.boolean().describe('Whether the same request may succeed later'),
    requestId: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('The fields that are wrong, as JSON pointers'),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'urn:whatsapp-gateway:problem:session_not_found',
        title: problems.session_not_found.title,
        status: problems.session_not_found.status,
        detail: 'There is no session "support". Create it with POST /sessions/support/start.',
        code: 'session_not_found',
        retryable: problems.session_not_found.retryable,
        requestId: '01KAQ5V1Z8T0M3K9YB2N6R4C7D',
      },
    ],
  });

/** Answers every error of the app as problem+json; a stack trace goes to the log only. */
export function installProblems(app: FastifyInstance): void {
  app.decorateRequest('problemCode', null);
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error, request);
    if (problem.code === 'internal_error') request.log.error({ err: error }, 'request failed');
    return sendProblem(problem, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path] = request.url.split('?');
    const detail = `${request.method} ${path?.slice(0, 200)} does not exist. See /docs for all routes.`;
    return sendProblem(new Problem('route_not_found', detail), request, reply);
  });
}

/** Answers with a problem; for hooks of the framework that have no error handler behind them. */
export function sendProblem(
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { status } = problems[problem.code];
  request.problemCode = problem.code;
  // A client that is still uploading would see a broken pipe instead of this answer.
  if (problem.code === 'payload_too_large') {
    request.raw.resume();
    reply.removeHeader('connection');
  }
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(describeProblem(problem, request.id));
}

/** A problem as the body of an answer. */
export function describeProblem(
  problem: Problem,
  requestId: string,
): z.infer<typeof problemSchema> {
  const { status, title, retryable } = problems[problem.code];
  return {
    type: `urn:whatsapp-gateway:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    retryable,
    requestId,
    ...(problem.fields.length > 0 ? { errors: [...problem.fields] } : {}),
  };
}

function toProblem(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  const code = frameworkCode(error);
  switch (code) {
    case null:
      return new Problem(
        'internal_error',
        `The log has the details under request id ${request.id}.`,
      );
    case 'payload_too_large':
      return new Problem(
        code,
        'Send less at once; media can be given by URL, sent as a form or uploaded first instead.',
      );
    case 'unsupported_media_type':
      return new Problem(code, 'Send JSON with "Content-Type: application/json".');
    case 'invalid_json':
      return new Problem(code, 'The body cannot be read as JSON. Check quotes, commas and braces.');
    default:
      return new Problem('invalid_request', error instanceof Error ? error.message : 'Not valid.');
  }
}

function frameworkCode(error: unknown): ProblemCode | null {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return 'payload_too_large';
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'unsupported_media_type';
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return 'invalid_json';
    default:
      if (error instanceof SyntaxError && statusCode === 400) return 'invalid_json';
      return statusCode && statusCode >= 400 && statusCode < 500 ? 'invalid_request' : null;
  }
}
