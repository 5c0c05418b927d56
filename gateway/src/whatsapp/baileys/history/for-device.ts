import type { Clock } from '../../../kernel/clock.ts';
import type { Logger } from '../../../kernel/logger.ts';
import type { Random } from '../../../kernel/random.ts';
import type { SessionKey } from '../../../sessions/store.ts';
import type { HistoryBudget } from '../../history.ts';
import type { DeviceHandlers } from '../../port.ts';
import type { DeviceStore } from '../../store.ts';
import { readRow } from '../arrivals.ts';
import { type Device, ownAddresses } from '../device.ts';
import type { Egress } from '../egress.ts';
import { HistoryIntake } from './intake.ts';

export interface DeviceHistory {
  readonly device: Device;
  readonly key: SessionKey;
  readonly store: DeviceStore;
  readonly egress: Egress | null;
  readonly history: HistoryBudget;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Takes over the history of a device for as long as it is connected. */
export function historyIntakeFor(
  { device, store, history: budget, ...parts }: DeviceHistory,
  handlers: Pick<DeviceHandlers, 'onNotice' | 'onPast'>,
): HistoryIntake {
  const { inbound, readAhead, lidMapping, auth } = device;
  return new HistoryIntake({
    ...parts,
    journal: store,
    budget,
    lidMapping,
    keys: auth.keys,
    read: (entry) => readRow(entry, ownAddresses(auth.creds)),
    isBusy: () => inbound.isBusy || readAhead.isBusy,
    onNotice: async (notice) => handlers.onNotice?.(notice),
    onPast: async (messages) => (await handlers.onPast?.(messages)) ?? 0,
  });
}
