import type { z } from 'zod';
import { type FieldError, Problem, type ProblemCode, problems } from '../../kernel/errors.ts';
import { jsonPointer } from '../../kernel/json-pointer.ts';

/** At most this many wrong fields are named in one answer. */
const MAX_FIELDS = 20;

interface Finding extends FieldError {
  readonly code: ProblemCode;
}

/** Turns what zod found wrong with `body` into a problem; the code is that of the first finding. */
export function bodyProblem(error: z.ZodError, body: unknown): Problem {
  const findings = error.issues.flatMap((issue) => explain(issue, body)).slice(0, MAX_FIELDS);
  const first = findings[0];
  const code = first?.code ?? 'invalid_request';
  const where = first?.field || 'the body';
  return new Problem(
    code,
    `${problems[code].title}: ${where}: ${first?.message ?? 'is not valid'}.`,
    findings.map(({ field, message }) => ({ field: field || '/', message })),
  );
}

function explain(issue: z.core.$ZodIssue, body: unknown): Finding[] {
  const field = jsonPointer(issue.path);
  const finding = (code: ProblemCode, message: string): Finding[] => [{ field, message, code }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: `${field}${jsonPointer([key])}`,
        message: 'Is not a field of this request',
        code: 'unknown_field',
      }));
    case 'invalid_type':
      return valueAt(body, issue.path) === undefined
        ? finding('missing_field', `Is missing; expected ${issue.expected}`)
        : finding('wrong_type', `Must be of type ${issue.expected}`);
    case 'too_small':
      return issue.origin === 'string'
        ? finding('empty_text', 'Must not be empty')
        : finding('invalid_request', issue.message);
    case 'too_big':
      return issue.origin === 'string'
        ? finding('text_too_long', `Must have at most ${issue.maximum} characters`)
        : finding('invalid_request', issue.message);
    case 'invalid_format':
      return finding('invalid_request', formatMessage(issue, valueAt(body, issue.path)));
    case 'custom':
      return finding(customCode(issue.params), issue.message);
    default:
      return finding('invalid_request', issue.message);
  }
}

const DATE_WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/;

/** Instants are what most requests get wrong; other formats speak for themselves. */
function formatMessage({ format, message }: z.core.$ZodIssueInvalidStringFormat, value: unknown) {
  if (format !== 'datetime') return message;
  const examples = (time: string) => `"${time}Z" (UTC) or "${time}+01:00"`;
  return typeof value === 'string' && DATE_WITHOUT_ZONE.test(value)
    ? `Lacks its time zone: write ${examples(value)}`
    : `Must be a date and time with its time zone, such as ${examples('2030-03-04T09:00:00')}`;
}

function customCode(params: Record<string, unknown> | undefined): ProblemCode {
  const code = params?.['code'];
  return typeof code === 'string' && code in problems ? (code as ProblemCode) : 'invalid_request';
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}
