import { z } from 'zod';
import { defineEvent, instant } from './define.ts';

const outbox = defineEvent({
  name: 'outbox.progress',
  summary: 'How much a session has still to send, told while it is much or held back.',
  data: z.looseObject({
    queued: z.int(),
    heldBy: z.string().nullable().describe('What holds the queue back; null when nothing does'),
    nextSendAt: instant.nullable(),
  }),
  example: { queued: 120, heldBy: 'quiet_hours', nextSendAt: '2024-03-04T08:00:00.000Z' },
});

const bulkData = z.looseObject({
  bulkId: z.string(),
  name: z.string().nullable(),
  state: z.string(),
  total: z.int(),
  waiting: z.int().describe('Not in the queue yet'),
  queued: z.int().describe('In the queue of a session'),
  sent: z.int(),
  failed: z.int(),
  skipped: z.int().describe('Never tried: no such number, a duplicate, opted out'),
  cancelled: z.int(),
});

const BULK = {
  bulkId: '01HR3ZT0AJ9RWS7JCJ3H7E2M4T',
  name: 'Spring sale',
  state: 'running',
  total: 500,
  waiting: 280,
  queued: 90,
  sent: 120,
  failed: 2,
  skipped: 8,
  cancelled: 0,
};

const bulk = defineEvent({
  name: 'bulk.progress',
  summary: 'How far a bulk send has come, at most every ten seconds.',
  data: bulkData,
  example: BULK,
});

const bulkFinished = defineEvent({
  name: 'bulk.finished',
  summary: 'A bulk send is over: every recipient was sent to, failed, was skipped or cancelled.',
  data: bulkData,
  example: { ...BULK, state: 'finished', waiting: 0, queued: 0, sent: 490 },
});

const scheduleFailed = defineEvent({
  name: 'schedule.failed',
  summary: 'An occurrence of a schedule made no message.',
  data: z.looseObject({
    scheduleId: z.string(),
    name: z.string().nullable(),
    occurrenceAt: instant,
    error: z.looseObject({ code: z.string(), reason: z.string() }),
  }),
  example: {
    scheduleId: '01HR3ZT0AJ9RWS7JCJ3H7E2M4T',
    name: 'Menu of the day',
    occurrenceAt: '2024-03-04T12:00:00.000Z',
    error: { code: 'recipient_opted_out', reason: 'The recipient does not want messages.' },
  },
});

const endpoint = z.looseObject({
  endpointId: z.string(),
  name: z.string().nullable(),
  failures: z.int().describe('Failed attempts since the last success'),
  failingSince: instant.nullable(),
});

const ENDPOINT = {
  endpointId: '01HR3ZT0AJ9RWS7JCJ3H7E2M4T',
  name: 'CRM',
  failures: 12,
  failingSince: '2024-03-04T00:00:00.000Z',
};

const failing = defineEvent({
  name: 'webhook.failing',
  summary: 'An endpoint has not taken a delivery for ten minutes.',
  data: endpoint,
  example: ENDPOINT,
});

const recovered = defineEvent({
  name: 'webhook.recovered',
  summary: 'A failing endpoint takes deliveries again; what waited is being delivered.',
  data: endpoint,
  example: { ...ENDPOINT, failures: 0, failingSince: null },
});

const disabled = defineEvent({
  name: 'webhook.disabled',
  summary: 'An endpoint was switched off: it answered 410, or failed for five days.',
  data: endpoint.extend({ reason: z.enum(['gone', 'failing']) }),
  example: { ...ENDPOINT, reason: 'gone' },
});

const test = defineEvent({
  name: 'webhook.test',
  summary: 'Sent on request, to see whether an endpoint can be reached. Never kept in the log.',
  data: z.looseObject({ endpointId: z.string(), text: z.string() }),
  example: { endpointId: ENDPOINT.endpointId, text: 'This is a test.' },
});

/** What the service tells about itself. */
export const serviceEvents = [
  outbox,
  bulk,
  bulkFinished,
  scheduleFailed,
  failing,
  recovered,
  disabled,
  test,
];
