import { z } from 'zod';
import type { Routes } from '../app.ts';
import { accountParams, problem, timeoutMs } from '../contract/requests.ts';
import { deviceView } from '../contract/views.ts';
import { describeDevice } from '../describe.ts';
import { Problem } from '../problem.ts';

const deviceParams = accountParams.extend({ device: z.coerce.number().int().min(1).max(99) });

/** Linked devices, as the owner sees them on the phone. */
export const deviceRoutes: Routes = (app, { simulator, waits, account }) => {
  app.get(
    '/api/accounts/:number/devices/wait',
    {
      schema: {
        tags: ['Devices'],
        summary: 'Wait until a linked device is online',
        params: accountParams,
        querystring: z.object({
          device: z.coerce.number().int().optional().describe('Any of them when absent'),
          timeoutMs,
        }),
        response: { 200: deviceView, ...problem },
      },
    },
    (request) => {
      const handle = account(request.params.number);
      const { device: wanted, timeoutMs } = request.query;
      const find = () =>
        handle.devices.find(
          ({ id, isConnected }) => isConnected && (wanted === undefined || wanted === id),
        );
      return waits.until(async () => {
        if (!find()) {
          await simulator.waitFor(
            'device.online',
            ({ device }) =>
              device.account === handle.account && (wanted === undefined || wanted === device.id),
            timeoutMs,
          );
        }
        const device = find();
        if (!device) throw new Problem('wait_timeout', 'The device was gone again at once.');
        return describeDevice(handle.account, device);
      });
    },
  );

  app.delete(
    '/api/accounts/:number/devices/:device',
    {
      schema: {
        tags: ['Devices'],
        summary: 'Unlink a device on the phone',
        description: 'It is told, cut off with 401, and must be paired anew.',
        params: deviceParams,
        response: { 204: z.null(), ...problem },
      },
    },
    async (request, reply) => {
      const { number, device } = request.params;
      if (!account(number).unlink(device)) throw noDevice(device);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/api/accounts/:number/devices/:device/drop',
    {
      schema: {
        tags: ['Devices'],
        summary: "Cut a device's connection without a word",
        params: deviceParams,
        response: { 200: z.object({ dropped: z.boolean() }), ...problem },
      },
    },
    (request) => {
      const { number, device } = request.params;
      const handle = account(number);
      const known = handle.devices.find(({ id }) => id === device);
      if (!known) throw noDevice(device);
      handle.drop(device);
      return { dropped: known.isConnected };
    },
  );
};

const noDevice = (device: number) =>
  new Problem('device_not_found', `The account has no linked device ${device}.`);
