import { expect, it } from 'vitest';
import { NotConnected, Refused, Unanswered } from '../port.ts';
import { questionFailure } from './question.ts';

/** An error as the library makes them. */
const boom = (message: string, parts: { data?: number; statusCode?: number }) =>
  Object.assign(new Error(message), {
    data: parts.data,
    output: { statusCode: parts.statusCode ?? 500 },
  });

it.each([
  ['what WhatsApp refuses', boom('not-authorized', { data: 401 }), true, Refused],
  ['what it leaves unanswered', boom('Timed Out', { statusCode: 408 }), true, Unanswered],
  ['a connection that went away, as the library says it', 1006, true, NotConnected],
  ['one that it had noticed', boom('Connection Closed', { statusCode: 428 }), true, NotConnected],
  [
    'one that the system tells of',
    Object.assign(new Error('write ECONNRESET'), { code: 'ECONNRESET', syscall: 'write' }),
    true,
    NotConnected,
  ],
  ['anything on a connection that is closed', boom('x', { data: 401 }), false, NotConnected],
  ['a mistake of our own', new TypeError('x'), true, TypeError],
])('tells apart %s', (_name, error, isOpen, kind) => {
  expect(questionFailure(error, isOpen)).toBeInstanceOf(kind);
});

it('keeps the code of a refusal', () => {
  const failure = questionFailure(boom('resource-limit', { data: 419 }), true);
  expect(failure).toMatchObject({ code: 419, message: 'resource-limit (419)' });
});
