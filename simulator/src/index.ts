export type { BusinessProfile, Device } from './accounts/account.ts';
export type { AccountOptions } from './accounts/directory.ts';
export type { Role } from './accounts/group.ts';
export type { Addressing } from './accounts/jid.ts';
export type { Target } from './content/action-content.ts';
export { type AppStateChange, appStateChanges } from './content/app-state-changes.ts';
export { type Content, mediaOf, textOf } from './content/content.ts';
export { fetchMedia, type MediaReference } from './content/media.ts';
export {
  AccountHandle,
  GroupHandle,
  type GroupMember,
  type GroupSettings,
  type LinkedDevice,
} from './handles.ts';
export { WaitTimeoutError } from './kernel/emitter.ts';
export type { MediaFault, MediaServer } from './media/port.ts';
export type { PhoneHabits } from './phone/habits.ts';
export type { Phone } from './phone/phone.ts';
export type {
  DeliveryState,
  PhoneEvents,
  ReceivedMessage,
  SentMessage,
} from './phone/records.ts';
export type { LinkedDevicesGet, SendOptions } from './phone/sender.ts';
export { NoSuchChatError } from './phone/target.ts';
export { DEFAULT_PARAMETERS, type RestrictionParameters } from './restriction/model.ts';
export type { Call, CallState } from './server/call-desk.ts';
export {
  type ActiveFault,
  type Fault,
  type FaultBoard,
  type FaultKind,
  faultCatalogue,
} from './server/faults.ts';
export { GroupActionError, type MemberResult } from './server/groups/actions.ts';
export type { Ledger, LedgerEntry, LedgerEvent, LedgerFilter } from './server/ledger.ts';
export { PairingError } from './server/pairing-desk.ts';
export type { ChatState } from './server/presence-desk.ts';
export type { NewChatQuota, Standings } from './server/standing.ts';
export type { Rule, Violation, Violations } from './server/violations.ts';
export type { WorldEvents } from './server/world.ts';
export {
  createSimulator,
  Simulator,
  type SimulatorOptions,
  type WaitingClient,
} from './simulator.ts';
