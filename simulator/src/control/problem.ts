import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { MediaMissingError } from '../content/media.ts';
import { MediaIntegrityError } from '../media/crypto.ts';
import { NoSuchChatError } from '../phone/target.ts';
import { GroupActionError } from '../server/groups/actions.ts';
import { PairingError } from '../server/pairing-desk.ts';
import type { Simulator } from '../simulator.ts';

/** What a code means: HTTP status and a title that never changes. Codes are added, never renamed. */
const problems = {
  invalid_request: [400, 'The request is not valid'],
  invalid_json: [400, 'The body is not valid JSON'],
  not_a_qr: [400, 'The text is not that of a WhatsApp QR code'],
  not_allowed: [403, 'The server of WhatsApp would not allow this'],
  foreign_origin: [403, 'A page of another origin made the request'],
  foreign_host: [403, 'The request was made under a name that is not local'],
  route_not_found: [404, 'There is no such route'],
  account_not_found: [404, 'There is no such account'],
  device_not_found: [404, 'There is no such linked device'],
  chat_not_found: [404, 'There is nobody to send to'],
  message_not_found: [404, 'There is no such message on this phone'],
  media_not_found: [404, 'The message has no file, or it is gone'],
  picture_not_found: [404, 'The account has no picture'],
  group_not_found: [404, 'There is no such group'],
  fault_not_found: [404, 'There is no such fault switched on'],
  client_not_found: [404, 'No client waits with this QR code or for this code'],
  page_not_built: [404, 'The page has not been built'],
  account_exists: [409, 'The number or LID belongs to an account already'],
  wrong_keys: [409, 'The client answered with other keys than it had announced'],
  wrong_code: [409, 'The code is not the one the client shows, or has expired'],
  client_gone: [409, 'The client did not finish'],
  payload_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  too_many_streams: [429, 'There are as many live streams as there may be'],
  too_many_waits: [429, 'As many requests wait as may'],
  internal_error: [500, 'Something went wrong in the simulator'],
  shutting_down: [503, 'The simulator is stopping or starting anew'],
  wait_timeout: [504, 'Nothing matched in time'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;

/** One field of the request that is wrong, as a JSON pointer. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Thrown where a request cannot go on; the detail is for people and says what to do. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly fields: readonly FieldError[];

  constructor(code: ProblemCode, detail: string, fields: readonly FieldError[] = []) {
    super(detail);
    this.name = 'Problem';
    this.code = code;
    this.fields = fields;
  }
}

/** RFC 9457 problem details with a stable `code`. */
export const problemSchema = z
  .object({
    type: z.string().describe('URN of the kind of problem'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('What happened here and what to do about it'),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('The fields that are wrong, as JSON pointers'),
  })
  .meta({ id: 'Problem' });

/** Answers every error of the app as problem+json. */
export function installProblems(app: FastifyInstance, simulator: Simulator): void {
  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error);
    if (problem.code === 'internal_error') {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      simulator.violations.report('simulator', null, text);
    }
    return sendProblem(problem, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const detail = `${request.method} ${path.slice(0, 200)} does not exist. See /docs/ for all routes.`;
    return sendProblem(new Problem('route_not_found', detail), reply);
  });
}

function sendProblem(problem: Problem, reply: FastifyReply): FastifyReply {
  const [status, title] = problems[problem.code];
  const type = `urn:whatsapp-simulator:problem:${problem.code}`;
  const { code, message: detail, fields } = problem;
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({
      type,
      title,
      status,
      detail,
      code,
      ...(fields.length > 0 ? { errors: fields } : {}),
    });
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const known = knownProblem(error);
  if (known) return known;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const message = error instanceof Error ? error.message : String(error);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('payload_too_large', 'Send a smaller file, or less at once.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported_media_type', 'Send JSON: "Content-Type: application/json".');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new Problem('invalid_json', 'The body cannot be read as JSON.');
    default:
      break;
  }
  if (error instanceof SyntaxError && statusCode === 400)
    return new Problem('invalid_json', message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem('invalid_request', message);
  }
  return new Problem('internal_error', message);
}

const PAIRING_CODES: Readonly<Record<PairingError['code'], ProblemCode>> = {
  'not-a-qr': 'not_a_qr',
  'unknown-ref': 'client_not_found',
  'wrong-keys': 'wrong_keys',
  'wrong-code': 'wrong_code',
  'client-gone': 'client_gone',
};

/** What the simulated world refuses, in the words of the API. */
function knownProblem(error: unknown): Problem | null {
  if (error instanceof PairingError) return new Problem(PAIRING_CODES[error.code], error.message);
  if (error instanceof NoSuchChatError) return new Problem('chat_not_found', error.message);
  if (error instanceof GroupActionError) {
    return new Problem('not_allowed', `${error.message} (${error.code})`);
  }
  if (error instanceof MediaMissingError || error instanceof MediaIntegrityError) {
    return new Problem('media_not_found', error.message);
  }
  return null;
}
