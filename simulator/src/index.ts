export type { Device } from './accounts/account.ts';
export { type Content, mediaOf, type Target, textOf } from './content/content.ts';
export { fetchMedia, type MediaReference } from './content/media.ts';
export { AccountHandle } from './handles.ts';
export { WaitTimeoutError } from './kernel/emitter.ts';
export type { MediaFault, MediaServer } from './media/port.ts';
export type { PhoneHabits } from './phone/habits.ts';
export type { Phone } from './phone/phone.ts';
export type { DeliveryState, ReceivedMessage, SentMessage } from './phone/records.ts';
export type { SendOptions } from './phone/sender.ts';
export {
  type ActiveFault,
  type Fault,
  type FaultKind,
  faultCatalogue,
} from './server/faults.ts';
export type { LedgerEntry, LedgerEvent, LedgerFilter } from './server/ledger.ts';
export { PairingError } from './server/pairing-desk.ts';
export type { Violation } from './server/violations.ts';
export { createSimulator, Simulator, type SimulatorOptions } from './simulator.ts';
