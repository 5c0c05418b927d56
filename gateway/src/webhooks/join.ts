import type { DueDelivery, EndpointSettings } from './store.ts';

/** Messages that one delivery can carry at most. */
export const MAX_JOINED = 50;

/** What to do about the messages of a chat that wait to be joined. */
export type JoinStep =
  /** The person may still be writing. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** These go out together: the head and what came right behind it. */
  | { readonly kind: 'send'; readonly run: readonly DueDelivery[] };

/**
 * Decides whether the messages of a chat go out now. `pending` are the chat's deliveries in order, the
 * head first. Only messages of one author that follow each other are joined; a head that was tried
 * before waits for nobody.
 */
export function joinStep(
  { quietMs, maxMs }: NonNullable<EndpointSettings['join']>,
  pending: readonly [DueDelivery, ...DueDelivery[]],
  nowMs: number,
): JoinStep {
  const [head] = pending;
  const end = pending.findIndex((one) => !belongsTo(head, one));
  const run = pending.slice(0, end === -1 ? MAX_JOINED : Math.min(end, MAX_JOINED));
  const last = run.at(-1) ?? head;
  const complete = end !== -1 || run.length === MAX_JOINED || head.attempts > 0;
  const untilMs = Math.min(last.event.timestampMs + quietMs, head.event.timestampMs + maxMs);
  return complete || nowMs >= untilMs ? { kind: 'send', run } : { kind: 'wait', untilMs };
}

/** Whether a delivery can be joined at all. */
export function isJoinable({ event }: Pick<DueDelivery, 'event'>): boolean {
  return event.event === 'message.received';
}

function belongsTo(head: DueDelivery, one: DueDelivery): boolean {
  return isJoinable(one) && one.event.data.participant === head.event.data.participant;
}

/**
 * The event that carries them all: id and time of the first; fields of the last, which is the one to
 * answer; `text` of all, a line each; and `joined`, each message as it would have come alone.
 */
export function joinedEvent(run: readonly [DueDelivery, ...DueDelivery[]]): DueDelivery['event'] {
  const [head] = run;
  const each = run.map(({ event }) => event.data);
  const texts = each.map(({ text }) => text).filter((text) => typeof text === 'string' && text);
  return {
    ...head.event,
    data: {
      ...each.at(-1),
      text: texts.join('\n'),
      hasMedia: each.some(({ hasMedia }) => hasMedia === true),
      joined: each,
    },
  };
}
