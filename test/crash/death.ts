import type { LedgerEntry, Simulator } from '@whatsapp-gateway/simulator';
import type { GatewayProcess } from '../support/gateway-process.ts';

/** An instant of the protocol, as the simulator sees it. */
export interface Moment {
  readonly name: string;
  fits(entry: LedgerEntry): boolean;
}

/** A phone took the stanza, or sent it, rather than a device linked to it. */
export const isPhone = (device: string): boolean => /:0@|^\d+@/.test(device);

export const ITS_MESSAGE_ARRIVED: Moment = {
  name: 'its message just reached the server, the ack is on its way',
  fits: ({ event, tag, device }) => event === 'accepted' && tag === 'message' && !isPhone(device),
};

export const ANYTHING: Moment = { name: 'anything', fits: () => true };

/**
 * Kills the process at the `skip`-th entry that fits from now on, and resolves when it is dead. The
 * simulator runs in this process and says at once what a client did, so the death lands exactly there:
 * nothing in the service knows that it is tested.
 */
export async function death(
  simulator: Simulator,
  gateway: GatewayProcess,
  moment: Moment,
  skip: number,
): Promise<void> {
  let left = skip;
  await new Promise<void>((resolve) => {
    const stop = simulator.ledger.onEntry((entry) => {
      if (!moment.fits(entry) || --left > 0) return;
      stop();
      process.kill(gateway.pid, 'SIGKILL');
      resolve();
    });
  });
  await gateway.end('SIGKILL');
}
