import { planEvents } from '../../events/plan.ts';
import { createIdSource } from '../../kernel/ids.ts';
import { silentLogger } from '../../kernel/logger.ts';
import { seededRandom } from '../../kernel/random.ts';
import { VirtualClock } from '../../kernel/virtual-clock.ts';
import type { SessionRecord } from '../../sessions/store.ts';
import type { NewSend } from '../contract.ts';
import { createOutbox, type OutboxDeps } from '../outbox.ts';
import type { PacingPolicy } from '../pacing/policy.ts';
import { MemoryOutboxStore } from './memory-outbox.ts';
import { ScriptedConnection } from './scripted-connection.ts';

export const session: SessionRecord = {
  key: 7,
  workspaceId: 'default',
  id: 'support',
  desired: 'running',
  terminal: null,
  phone: '5511999999999',
  lid: null,
  pushName: null,
  createdAtMs: 0,
};

/** A send of a text; the chat is a person unless its name says otherwise. */
export function text(body: string, chatId = 'anna', more: Partial<NewSend> = {}): NewSend {
  return {
    chatId,
    senderId: '5511999999999@s.whatsapp.net',
    content: { type: 'text', text: body },
    data: (messageId) => ({ messageId, text: body }),
    ...more,
  };
}

export interface SetUpOptions {
  readonly store?: MemoryOutboxStore;
  readonly connection?: ScriptedConnection | null;
  readonly policy?: PacingPolicy;
  readonly admit?: OutboxDeps['admit'];
  readonly maxQueued?: number;
  readonly clock?: VirtualClock;
  /** Processes on one store must not draw the same ids. */
  readonly seed?: number;
}

/** An outbox on a virtual clock, a memory store and a scripted connection. */
export function setUp(options: SetUpOptions = {}) {
  const clock = options.clock ?? new VirtualClock();
  const random = seededRandom(options.seed ?? 1);
  const ids = createIdSource(clock, random);
  const store = options.store ?? new MemoryOutboxStore();
  const released: string[] = [];
  const state = {
    connection: options.connection === undefined ? new ScriptedConnection() : options.connection,
    session: session as SessionRecord | null,
    releaseFails: false,
  };
  const outbox = createOutbox({
    store,
    pacing: store,
    sessions: {
      connectionOf: (key) => (key === session.key ? state.connection : null),
      recordOf: (key) => (key === session.key ? state.session : null),
    },
    events: {
      plan: (drafts) => planEvents(drafts, [], clock.now(), ids),
      committed: () => {},
      report: async (drafts) => {
        store.events.push(...drafts.map(({ event, data }) => `${event} ${String(data.queued)}`));
      },
    },
    release: async (content) => {
      if (state.releaseFails) throw new Error('the file is busy');
      released.push(content.type === 'text' ? content.text : content.type);
    },
    ...(options.policy ? { defaultPolicy: options.policy } : {}),
    ...(options.maxQueued === undefined ? {} : { maxQueued: options.maxQueued }),
    ...(options.admit ? { admit: options.admit } : {}),
    clock,
    random,
    logger: silentLogger,
  });
  return { clock, store, outbox, released, state };
}
