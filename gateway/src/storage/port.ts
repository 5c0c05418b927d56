import type { AccessStore } from '../access/store.ts';
import type { BulkStore } from '../bulk/store.ts';
import type { ContactStore } from '../contacts/contact-store.ts';
import type { IdentityStore, NumberStore } from '../contacts/store.ts';
import type { EventStore } from '../events/store.ts';
import type { ChatStore } from '../messages/chat-store.ts';
import type { HistoryStore } from '../messages/history-store.ts';
import type { MediaPolicyStore } from '../messages/received/received-media.ts';
import type { MessageRetention, MessageStore } from '../messages/store.ts';
import type { TemplateStore } from '../messages/templates/store.ts';
import type { OptOutStore } from '../optout/store.ts';
import type { OutboxStore, PacingStore, QueueStore } from '../outbox/store.ts';
import type { ScheduleStore } from '../schedule/store.ts';
import type { ProxyStore } from '../sessions/proxy-store.ts';
import type { SessionStore } from '../sessions/store.ts';
import type { WebhookStore } from '../webhooks/store.ts';
import type { DeviceStore } from '../whatsapp/store.ts';

/**
 * Everything the service keeps, behind the ports that its consumers declare. Common to all of them:
 *
 * - A write resolves after it is on disk, in full; one that rejects has left no trace.
 * - Writes take effect in the order in which they were called, also when none is awaited.
 * - Reads see what was committed when they are called.
 * - A write for a session that is gone rejects with `session_not_found` (removing and clearing
 *   excepted, they have nothing left to do); a read finds nothing.
 * - Failures of the storage itself reject with `StorageUnavailable` (`storage_unavailable`, retryable).
 */
export interface Storage {
  readonly sessions: SessionStore;
  readonly devices: DeviceStore;
  readonly messages: MessageStore & MessageRetention;
  readonly history: HistoryStore;
  readonly mediaPolicies: MediaPolicyStore;
  readonly proxies: ProxyStore;
  readonly templates: TemplateStore;
  readonly outbox: OutboxStore & QueueStore;
  readonly pacing: PacingStore;
  readonly bulks: BulkStore;
  readonly schedules: ScheduleStore;
  readonly optOuts: OptOutStore;
  readonly events: EventStore;
  readonly webhooks: WebhookStore;
  readonly identities: IdentityStore;
  readonly numbers: NumberStore;
  readonly contacts: ContactStore;
  readonly chats: ChatStore;
  readonly access: AccessStore;
  /** Readiness: proves with a real commit that writing works; rejects with `StorageUnavailable`. */
  check(): Promise<void>;
  stats(): StorageStats;
  /** Commits what is waiting and releases everything. Later calls reject; closing again does nothing. */
  close(): Promise<void>;
}

/** Counters since the storage was opened. */
export interface StorageStats {
  /** Writes that were committed. */
  readonly writes: number;
  /** Transactions that carried them. */
  readonly commits: number;
  /** Milliseconds that they took, reaching the disk included; while one is synced, others may begin. */
  readonly commitMs: number;
  /** How often the storage could not do its work (full, I/O error, ...). */
  readonly failures: number;
  /** Writes waiting for the next transaction, or for the disk to have theirs. */
  readonly waiting: number;
  /** Size on disk at the moment, of what is not yet checkpointed as well. */
  readonly bytes: number;
}
