import { createRecipients, type Recipients } from '../contacts/recipients.ts';
import type { IdentityStore, NumberStore } from '../contacts/store.ts';
import type { Events } from '../events/events.ts';
import type { App } from '../http/app.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import { createMessageSight } from '../messages/message-sight.ts';
import type { Composer } from '../messages/outgoing.ts';
import type { MessageStore } from '../messages/store.ts';
import type { Uploads } from '../messages/uploads/uploads.ts';
import { createOptOuts } from '../optout/optout.ts';
import { registerOptOutRoutes } from '../optout/routes.ts';
import type { OptOutStore } from '../optout/store.ts';
import type { SessionState } from '../sessions/state.ts';
import type { SessionKey, SessionRecord } from '../sessions/store.ts';
import { filesOf } from '../whatsapp/content.ts';
import { type Connection, NotConnected } from '../whatsapp/port.ts';
import { createAdmission } from './admission.ts';
import type { Outbox } from './contract.ts';
import { createIdempotency } from './idempotency.ts';
import { createOutbox } from './outbox.ts';
import type { PacingPolicy } from './pacing/policy.ts';
import { registerPacingRoutes } from './pacing-routes.ts';
import { registerQueueRoutes } from './queue-routes.ts';
import { registerSendRoutes } from './routes.ts';
import { createSender, type Sender } from './sender.ts';
import { followSessions } from './session-news.ts';
import type { OutboxStore, PacingStore, QueueStore } from './store.ts';

/** Everything that leads from a request to the wire. */
export interface Sending {
  readonly outbox: Outbox;
  readonly sender: Sender;
  readonly recipients: Recipients;
  registerRoutes(app: App): void;
}

export interface SendingDeps {
  readonly storage: {
    readonly outbox: OutboxStore & QueueStore;
    readonly pacing: PacingStore;
    readonly optOuts: OptOutStore;
    readonly messages: Pick<MessageStore, 'find'>;
    readonly identities: IdentityStore;
    readonly numbers: NumberStore;
  };
  readonly sessions: {
    /** Throws `session_not_found`. */
    resolve(workspaceId: string, id: string): { record: SessionRecord; state: SessionState };
    connectionOf(key: SessionKey): Connection | null;
    recordOf(key: SessionKey): SessionRecord | null;
  };
  readonly events: Events;
  readonly composer: Composer;
  readonly uploads: Pick<Uploads, 'borrow'>;
  /** Where media waits until it is sent. */
  readonly mediaFolder: string;
  /** Removes media that is needed no more. */
  readonly discard: (file: string) => Promise<void>;
  /** For sessions without a policy of their own; absent: `off`. */
  readonly defaultPolicy?: PacingPolicy;
  /** Where quiet hours of presets are counted. */
  readonly timeZone: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Puts the parts of sending together. */
export function createSending(deps: SendingDeps): Sending {
  const { storage, sessions, events, composer, mediaFolder, discard } = deps;
  const { clock, random, logger, defaultPolicy, timeZone } = deps;
  const recipients = createRecipients({
    numbers: storage.numbers,
    identities: storage.identities,
    lookUp: async (key, phones) => {
      const connection = sessions.connectionOf(key);
      if (!connection) throw new NotConnected();
      return connection.lookUp(phones);
    },
    clock,
  });
  const { identities } = storage;
  const optOuts = createOptOuts({ store: storage.optOuts, identities, clock, logger });
  const isOptedOut = (session: SessionRecord, chatId: string) =>
    optOuts.includes(session.workspaceId, session.key, chatId);
  const outbox = createOutbox({
    store: storage.outbox,
    pacing: storage.pacing,
    sessions,
    events,
    release: async (content) => {
      await Promise.all(filesOf(content).map(discard));
    },
    admit: createAdmission({ recipients, isOptedOut }),
    ...(defaultPolicy ? { defaultPolicy } : {}),
    clock,
    random,
    logger,
  });
  const sender = createSender({
    sessions,
    recipients,
    composer,
    outbox,
    idempotency: createIdempotency(storage.outbox, clock),
    messages: storage.messages,
    isOptedOut,
    mediaFolder,
    discard,
    clock,
    random,
  });
  optOuts.listen(events);
  followSessions({ events, outbox, session: (...name) => recordOrNull(deps, ...name) });
  const session = (workspaceId: string, id: string) => sessions.resolve(workspaceId, id).record;
  const requireMessage = createMessageSight(storage);
  return {
    outbox,
    sender,
    recipients,
    registerRoutes(app) {
      registerSendRoutes(app, { sender, session, requireMessage, uploads: deps.uploads });
      registerQueueRoutes(app, { outbox, session, requireMessage });
      registerPacingRoutes(app, { outbox, session, timeZone, clock });
      registerOptOutRoutes(app, { optOuts });
    },
  };
}

/** Null for a session that was removed while its last events were being told. */
function recordOrNull(
  { sessions }: SendingDeps,
  workspaceId: string,
  sessionId: string,
): SessionRecord | null {
  try {
    return sessions.resolve(workspaceId, sessionId).record;
  } catch {
    return null;
  }
}
