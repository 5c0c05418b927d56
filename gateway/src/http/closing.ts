import type { FastifyInstance } from 'fastify';
import { Problem } from '../kernel/errors.ts';

/** Refuses what still comes in on open connections once the app closes; what is under way is finished. */
export function installClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (!isClosing) return;
    reply.header('connection', 'close');
    throw new Problem('shutting_down', 'The service stops or restarts. Try again in a moment.');
  });
}
