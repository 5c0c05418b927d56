import { type FaultKind, faultCatalogue } from '../server/faults.ts';
import type { Simulator } from '../simulator.ts';
import { parametersOf } from './contract/faults.ts';
import type { ActiveFaultView, FaultKindView } from './contract/views.ts';

/** Everything that can be made to go wrong. */
export function faultKinds(): FaultKindView[] {
  return Object.entries(faultCatalogue).map(([kind, what]) => ({
    kind,
    what,
    parameters: parametersOf(kind as FaultKind),
  }));
}

/** What is switched on now. */
export function activeFaults({ faults }: Simulator): ActiveFaultView[] {
  return faults.list().map(({ id, fault, hits }) => ({ id, fault: { ...fault }, hits }));
}
