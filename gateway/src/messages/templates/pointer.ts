import { Problem } from '../../kernel/errors.ts';

/** The same problem, seen from the request: what is wrong in the rendered content lies at `pointer`. */
export function bodyPointer(problem: Problem, pointer: string): Problem {
  return new Problem(
    problem.code,
    problem.message,
    problem.fields.map(({ field, message }) => ({
      field: pointer,
      message: `${field}: ${message}`,
    })),
  );
}
