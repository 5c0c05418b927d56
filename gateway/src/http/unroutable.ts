import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem, problems } from '../kernel/errors.ts';
import { securityHeaders } from './headers.ts';
import { describeProblem, sendProblem } from './problem.ts';

/** Answers a request whose URL leads to no route and no 404 handler: broken escapes, an endless segment. */
export function answerUnroutable(
  error: { readonly statusCode?: number | undefined },
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem =
    error.statusCode === 414
      ? new Problem('route_not_found', 'A part of the path is longer than anything has a name for.')
      : new Problem('invalid_request', 'The URL is not valid: check its percent-encoding.');
  void sendProblem(problem, request, reply.headers(securityHeaders));
}

/** Answers what is not even a request, straight on the socket, and closes it. */
export function answerUnreadable(
  error: { readonly code: string },
  socket: Socket,
  requestId: string,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = unreadable(error.code);
  const body = JSON.stringify(describeProblem(problem, requestId));
  if (socket.writable) {
    const { status, title } = problems[problem.code];
    const head = Object.entries({
      ...securityHeaders,
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${title}\r\n${head.join('')}\r\n${body}`);
  }
  socket.destroySoon();
}

function unreadable(code: string): Problem {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout', 'Send the request faster, or less at once.');
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', 'All headers together may have 16 kB.');
    default:
      return new Problem('invalid_request', 'This is not a valid HTTP/1.1 request.');
  }
}
