export type { Device } from './accounts/account.ts';
export { WaitTimeoutError } from './kernel/emitter.ts';
export type { MediaFault, MediaServer } from './media/port.ts';
export type { Phone, PhoneHabits } from './phone/phone.ts';
export type { DeliveryState, ReceivedMessage, SentMessage } from './phone/records.ts';
export type { LedgerEntry, LedgerEvent, LedgerFilter } from './server/ledger.ts';
export { PairingError } from './server/pairing-desk.ts';
export type { Violation } from './server/violations.ts';
export { createSimulator, Simulator, type SimulatorOptions } from './simulator.ts';
