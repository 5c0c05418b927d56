import type { EventBatch, EventRecord, NewDelivery } from '../../events/store.ts';
import type { MessageRecord } from '../../messages/store.ts';
import type { Job } from '../../outbox/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { Attempt, Endpoint } from '../../webhooks/store.ts';
import type { JournalDraft } from '../../whatsapp/store.ts';

/** A batch that reports nothing. */
export const nothing: EventBatch = { events: [], deliveries: [] };

export const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** The same bytes as a plain `Uint8Array`: drivers may answer with a `Buffer`. */
export const plain = (value: Uint8Array | null | undefined): Uint8Array | null =>
  value ? Uint8Array.from(value) : null;

export function sampleEvent(id: string, fields: Partial<EventRecord> = {}): EventRecord {
  return {
    id,
    event: 'message.received',
    workspaceId: 'default',
    sessionId: 'shop',
    timestampMs: 1_700_000_000_000,
    orderKey: 'shop/chat',
    data: { text: `text of ${id}`, nested: { emoji: '👋' } },
    ...fields,
  };
}

/** Events `ids`, reported to nobody. */
export const report = (...ids: string[]): EventBatch => ({
  events: ids.map((id) => sampleEvent(id)),
  deliveries: [],
});

/** One event and its delivery, whose id is that of the event with a `d` before it. */
export function sampleDelivery(
  id: string,
  fields: Partial<NewDelivery> & Pick<Partial<EventRecord>, 'event' | 'sessionId'> = {},
): EventBatch {
  const { event = 'message.received', sessionId = 'shop', ...delivery } = fields;
  const orderKey = delivery.orderKey ?? 'shop/chat';
  return {
    events: [sampleEvent(id, { event, sessionId, orderKey })],
    deliveries: [{ id: `d${id}`, eventId: id, endpointId: 'hook', orderKey, ...delivery }],
  };
}

/** Several batches as one. */
export const joined = (...batches: EventBatch[]): EventBatch => ({
  events: batches.flatMap(({ events }) => events),
  deliveries: batches.flatMap(({ deliveries }) => deliveries),
});

export function sampleMessage(
  messageId: string,
  fields: Partial<MessageRecord> = {},
): MessageRecord {
  return {
    messageId,
    chatId: '15550001@s.whatsapp.net',
    senderId: '15550001@s.whatsapp.net',
    fromMe: false,
    type: 'text',
    status: 'received',
    timestampMs: 1_700_000_000_000,
    data: { text: 'hello' },
    encoded: bytes(10, 5, 104),
    ...fields,
  };
}

export function sampleJob(
  sessionKey: SessionKey,
  messageId: string,
  fields: Partial<Job> = {},
): Job {
  return {
    messageId,
    sessionKey,
    chatId: '15550002@s.whatsapp.net',
    senderId: '15559999@s.whatsapp.net',
    content: { type: 'text', text: 'good day' },
    data: { text: 'good day', type: 'text' },
    encoded: null,
    attempts: 0,
    createdAtMs: 1_700_000_000_000,
    ...fields,
  };
}

export function sampleJournal(value: number): JournalDraft {
  return {
    receivedAtMs: 1_700_000_000_000 + value,
    stanza: bytes(1, value),
    encIndex: 0,
    plaintext: bytes(2, value),
  };
}

export function sampleEndpoint(id: string, fields: Partial<Endpoint> = {}): Endpoint {
  return {
    id,
    workspaceId: 'default',
    url: 'https://example.org/hook',
    form: 'standard',
    events: ['message.*'],
    secret: 'whsec_c2VjcmV0',
    basicAuth: { user: 'u', password: 'p' },
    active: true,
    createdAtMs: 1_700_000_000_000,
    settings: {
      name: 'shop',
      sessions: null,
      ignoreChats: ['status'],
      headers: { 'x-tenant': 'a' },
      bearerToken: null,
      previousSecret: null,
      hubSignature: false,
      ordering: 'chat',
      timeoutMs: 10_000,
      retryDelaysMs: null,
      ratePerSecond: null,
      concurrency: 4,
      media: { mode: 'link', maxInlineBytes: 0 },
      join: null,
    },
    ...fields,
  };
}

export function sampleAttempt(number: number, fields: Partial<Attempt> = {}): Attempt {
  return {
    number,
    startedAtMs: 1_700_000_000_000 + number,
    durationMs: 12,
    status: 500,
    errorStage: 'status',
    error: 'answered 500',
    responseExcerpt: 'oops',
    ...fields,
  };
}
