import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../kernel/errors.ts';

/** A connection that is open when the app closes may still say its first word within this. */
const FIRST_WORD_MS = 250;

/**
 * Lets the app close without waiting for anybody who has nothing under way: what still comes in on open
 * connections is refused, what is being answered is finished, and connections that never say a word are
 * cut. Browsers open such ones ahead of need, and Node does not count them as idle: it would wait until
 * they run into the limit for a request's head.
 */
export function installClosing(app: FastifyInstance): void {
  const open = connectionsOf(app.server);
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const socket of open) if (socket.bytesRead === 0) socket.setTimeout(FIRST_WORD_MS);
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (!isClosing) return;
    reply.header('connection', 'close');
    throw new Problem('shutting_down', 'The service stops or restarts. Try again in a moment.');
  });
}

/** The connections that are open at any moment; as many as the server allows. */
function connectionsOf(server: Server): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return open;
}
