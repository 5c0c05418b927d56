import { z } from 'zod';
import { DEFAULT_PARAMETERS } from '../../restriction/model.ts';
import type { Fault } from '../../server/faults.ts';
import type { Routes } from '../app.ts';
import { faultInput, mediaFaultInput } from '../contract/faults.ts';
import { problem } from '../contract/requests.ts';
import { activeFaultView, faultKindView } from '../contract/views.ts';
import { activeFaults, faultKinds } from '../faults.ts';
import { Problem } from '../problem.ts';

const count = z.int().min(1).max(1_000_000);
const model = z.strictObject({
  on: z.boolean(),
  windowMs: count.max(30 * 24 * 3600 * 1000).exactOptional(),
  warnAt: count.exactOptional(),
  restrictAt: count.exactOptional(),
  restrictionMs: count.max(30 * 24 * 3600 * 1000).exactOptional(),
  triesBeforeBan: count.exactOptional(),
  restrictionsBeforeBan: count.exactOptional(),
});

/** What goes wrong on command. */
export const faultRoutes: Routes = (app, { simulator }) => {
  const active = () => activeFaults(simulator);

  app.get(
    '/api/faults',
    {
      schema: {
        tags: ['Faults'],
        summary: 'List the faults there are, and those that are switched on',
        response: {
          200: z.object({ kinds: z.array(faultKindView), active: z.array(activeFaultView) }),
          ...problem,
        },
      },
    },
    () => ({ kinds: faultKinds(), active: active() }),
  );

  app.post(
    '/api/faults',
    {
      schema: {
        tags: ['Faults'],
        summary: 'Switch a fault on',
        body: faultInput,
        response: { 201: activeFaultView, ...problem },
      },
    },
    async (request, reply) => {
      const fault: Fault = request.body;
      const id = simulator.faults.add(fault);
      // It may have struck, and be over, already: then it is not listed any more.
      const listed = active().find((one) => one.id === id);
      return reply.code(201).send(listed ?? { id, fault: { ...fault }, hits: fault.times ?? 1 });
    },
  );

  app.delete(
    '/api/faults/:id',
    {
      schema: {
        tags: ['Faults'],
        summary: 'Switch a fault off',
        params: z.object({ id: z.coerce.number().int() }),
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!active().some((one) => one.id === id)) {
        throw new Problem('fault_not_found', `No fault ${id} is on; it may have been used up.`);
      }
      simulator.faults.clear(id);
      return reply.code(204).send(null);
    },
  );

  app.delete(
    '/api/faults',
    {
      schema: {
        tags: ['Faults'],
        summary: 'Switch all faults off',
        response: { 204: z.null(), ...problem },
      },
    },
    async (_request, reply) => {
      simulator.faults.clear();
      return reply.code(204).send(null);
    },
  );
};

/** Faults of the media server, and the restriction model. */
export const hardshipRoutes: Routes = (app, { simulator }) => {
  app.post(
    '/api/media/faults',
    {
      schema: {
        tags: ['Faults'],
        summary: 'Let the next transfers of files go wrong',
        body: mediaFaultInput,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      simulator.media.fail(request.body);
      return reply.code(204).send(null);
    },
  );

  app.put(
    '/api/restriction-model',
    {
      schema: {
        tags: ['Faults'],
        summary: 'Switch the restriction model on or off',
        description:
          'A made-up model: an account that writes to many strangers in a short time is warned, ' +
          'restricted (463) and banned (403). It says nothing about the rules of the real server.',
        body: model,
        response: { 200: model, ...problem },
      },
    },
    (request) => {
      const { on, ...parameters } = request.body;
      simulator.standings.useModel(on ? parameters : null);
      return { on, ...(on ? { ...DEFAULT_PARAMETERS, ...parameters } : {}) };
    },
  );
};
