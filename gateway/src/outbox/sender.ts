import { phoneAddress } from '../contacts/address.ts';
import { parseRecipient } from '../contacts/recipient.ts';
import type { Recipients, ResolvedRecipient } from '../contacts/recipients.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { Random } from '../kernel/random.ts';
import type { SendRequest } from '../messages/catalogue/catalogue.ts';
import type { Timing } from '../messages/catalogue/timing.ts';
import type { RenderedAs } from '../messages/choices.ts';
import type { Composer } from '../messages/outgoing.ts';
import type { MessageStore } from '../messages/store.ts';
import { type SessionState, userAction } from '../sessions/state.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { NotConnected } from '../whatsapp/port.ts';
import type { NewSend, Outbox, SendResult } from './contract.ts';
import type { Idempotency } from './idempotency.ts';
import { DAY_MS } from './pacing/policy.ts';
import { outgoingPayload } from './payload.ts';
import { spun } from './spinning.ts';
import type { IdempotencyMark } from './store.ts';
import type { QueuePlace } from './waiting.ts';

/** A send as the caller sees it: how it stands and whom it really goes to. */
export type Sent = (
  | Exclude<SendResult, { status: 'queued' }>
  | {
      readonly messageId: string;
      readonly status: 'queued';
      /** Null when it could not be told. */
      readonly queue: QueuePlace | null;
    }
) & {
  readonly to: ResolvedRecipient;
  /** In which form content with choices goes out. */
  readonly renderedAs?: RenderedAs;
  /** True when the answer is about an earlier, equal request. */
  readonly replayed?: true;
};

/** Accepts messages: from here on they are not lost and go out once. */
export interface Sender {
  /**
   * Checks the session and the recipient, fetches media, commits, and waits up to `waitMs` for
   * WhatsApp's answer. Throws a `Problem` when nothing was accepted; then nothing was kept either.
   * With an idempotency key an equal request within 24 hours sends nothing and tells how the first
   * stands (see `idempotency`).
   */
  send(
    workspaceId: string,
    id: string,
    request: SendRequest,
    waitMs: number,
    idempotencyKey?: string,
  ): Promise<Sent>;
  /**
   * Commits one message of a bulk send or a schedule, as `send` would, and answers its id. Rejects with
   * `OrderOver` when the order wants none; throws a `Problem` when the message cannot be made.
   */
  fulfil(session: SessionRecord, request: SendRequest, order: Order): Promise<string>;
}

/** A standing order, and how its message is to be made. */
export type Order = Required<Pick<NewSend, 'order' | 'messageId' | 'priority'>>;

export interface SenderDeps {
  readonly sessions: {
    resolve(workspaceId: string, id: string): { record: SessionRecord; state: SessionState };
  };
  readonly recipients: Recipients;
  readonly composer: Composer;
  readonly outbox: Outbox;
  readonly idempotency: Idempotency;
  readonly messages: Pick<MessageStore, 'find'>;
  /** Whether the person does not want messages from this workspace. */
  readonly isOptedOut: (session: SessionRecord, chatId: string) => Promise<boolean>;
  /** Where media waits until it is sent. */
  readonly mediaFolder: string;
  /** Removes the media of content that is not kept after all. */
  readonly discard: (file: string) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
}

/** How far ahead a send can be scheduled. */
const MAX_AHEAD_MS = 366 * DAY_MS;

/** From a validated request to an accepted message. */
export function createSender(deps: SenderDeps): Sender {
  return {
    async send(workspaceId, id, request, waitMs, idempotencyKey) {
      const { record, state } = deps.sessions.resolve(workspaceId, id);
      const first = (mark?: IdempotencyMark) => {
        if (!takesMessages(record, state)) throw notOpen(record, state);
        return accept(deps, record, request, waitMs, mark && { idempotency: mark });
      };
      if (idempotencyKey === undefined) return first();
      return deps.idempotency.run(record.key, idempotencyKey, request, first, (messageId) =>
        recall(deps, record, request.to, messageId),
      );
    },
    fulfil: (session, request, order) =>
      commit(deps, session, request, order, async (send) => {
        const { messageId } = await deps.outbox.send(session, send, 0);
        return messageId;
      }),
  };
}

/** How a message is made other than by a plain request. */
type Manner = Partial<Order & Pick<NewSend, 'idempotency'>>;

async function accept(
  deps: SenderDeps,
  session: SessionRecord,
  request: SendRequest,
  waitMs: number,
  manner: Manner = {},
): Promise<Sent> {
  return commit(deps, session, request, manner, async (send, to, renderedAs) => {
    const { outbox } = deps;
    const result = await outbox.send(session, send, waitMs);
    const about = { to, ...(renderedAs === null ? {} : { renderedAs }) };
    if (result.status !== 'queued') return { ...result, ...about };
    // The answer to an accepted send must not fail for want of a detail.
    const queue = await outbox.place(session, result.messageId).catch(() => null);
    return { ...result, queue, ...about };
  });
}

/** Makes the message and hands it over; its media does not stay when that fails. */
async function commit<Result>(
  deps: SenderDeps,
  session: SessionRecord,
  request: SendRequest,
  manner: Manner,
  handOver: (
    send: NewSend,
    to: ResolvedRecipient,
    renderedAs: RenderedAs | null,
  ) => Promise<Result>,
): Promise<Result> {
  const { composer, mediaFolder, discard } = deps;
  const timing = checkedTiming(request.timing, deps.clock.now());
  const to = await resolved(deps, session, request.to);
  if (await deps.isOptedOut(session, to.chatId)) throw optedOut();
  const varied = request.options.spin ? await vary(deps, session, to.chatId, request) : request;
  const { content, files, shown, renderedAs } = await composer.compose(varied, {
    session,
    to,
    folder: mediaFolder,
  });
  const send: NewSend = {
    chatId: to.chatId,
    senderId: `${session.phone}@s.whatsapp.net`,
    content,
    data: (messageId, nowMs) => outgoingPayload(session, to, shown, messageId, nowMs),
    ...timing,
    ...manner,
  };
  try {
    return await handOver(send, to, renderedAs);
  } catch (error) {
    await Promise.all(files.map(discard));
    throw error;
  }
}

/** How the message of an earlier request stands today. */
async function recall(
  { messages, outbox }: SenderDeps,
  session: SessionRecord,
  input: string,
  messageId: string,
): Promise<Sent> {
  const message = await messages.find(session.key, messageId);
  if (!message) {
    throw new Problem('message_not_found', 'The message of the first request is no longer kept.');
  }
  const { chatId, data, status, error } = message;
  const textOrNull = (value: unknown) => (typeof value === 'string' ? value : null);
  const about = {
    messageId,
    to: { input, chatId, phone: textOrNull(data.phone), lid: textOrNull(data.lid) },
    ...renderedAs(data),
    replayed: true as const,
  };
  if (error) return { ...about, status: 'failed', error };
  const queue = await outbox.place(session, messageId);
  if (queue && (status === 'queued' || status === 'sending')) {
    return { ...about, status: 'queued', queue };
  }
  return { ...about, status: 'sent' };
}

function renderedAs(data: Readonly<Record<string, unknown>>): Pick<Sent, 'renderedAs'> {
  const { renderedAs } = data;
  return renderedAs === 'interactive' || renderedAs === 'numbered_text' ? { renderedAs } : {};
}

/** A number that WhatsApp cannot be asked about now is taken as written, and asked about later. */
async function resolved(
  { recipients }: SenderDeps,
  session: SessionRecord,
  input: string,
): Promise<ResolvedRecipient> {
  try {
    return await recipients.resolve(session.key, input);
  } catch (error) {
    const recipient = parseRecipient(input);
    if (!(error instanceof NotConnected) || recipient.kind !== 'phone') throw error;
    const { phone } = recipient;
    return { input, chatId: phoneAddress(phone), phone, lid: null };
  }
}

async function vary(
  { outbox, clock, random }: SenderDeps,
  session: SessionRecord,
  chatId: string,
  request: SendRequest,
): Promise<SendRequest> {
  const { policy, history } = await outbox.pacing(session);
  const { sameText } = policy;
  const isFree = (key: string) =>
    sameText === null ||
    history.textFreeAtMs(key, chatId, sameText.chats, sameText.withinMs) <= clock.now();
  return { ...request, content: spun(request.content, () => random.next(), isFree) };
}

/** Compares a timing with the clock; throws `invalid_request` that names the field. */
export function checkedTiming(
  { sendAtMs, expiresAtMs }: Timing,
  nowMs: number,
): Pick<NewSend, 'sendAtMs' | 'expiresAtMs'> {
  if (sendAtMs !== null && sendAtMs > nowMs + MAX_AHEAD_MS) {
    throw wrongTime('/sendAt', 'must not be more than a year ahead');
  }
  if (expiresAtMs !== null && expiresAtMs <= Math.max(nowMs, sendAtMs ?? nowMs)) {
    throw wrongTime('/expiresAt', 'must be later than now and than sendAt');
  }
  return {
    ...(sendAtMs === null ? {} : { sendAtMs }),
    ...(expiresAtMs === null ? {} : { expiresAtMs }),
  };
}

const wrongTime = (field: string, message: string): Problem =>
  new Problem('invalid_request', `The time is not valid: ${field} ${message}.`, [
    { field, message },
  ]);

const optedOut = (): Problem =>
  new Problem(
    'recipient_opted_out',
    'The recipient does not want messages. Remove them from the opt-out list first.',
    [{ field: '/to', message: 'is on the opt-out list' }],
  );

/** A linked session that is only disconnected takes messages; they go out when it is back. */
export function takesMessages(record: SessionRecord, state: SessionState): boolean {
  switch (state.name) {
    case 'open':
    case 'degraded':
      return true;
    case 'connecting':
    case 'waiting_retry':
      return record.phone !== null;
    case 'qr':
    case 'pairing':
    case 'stopped':
    case 'logged_out':
    case 'replaced':
    case 'forbidden':
    case 'auth_corrupt':
      return false;
  }
}

/** Why a session takes no messages, and what to do. */
export const notOpen = (record: SessionRecord, state: SessionState): Problem =>
  new Problem(
    'session_not_open',
    `The session "${record.id}" is "${state.name}". ${userAction(state) ?? waiting(state)}`,
  );

/** For a state out of which the session helps itself. */
function waiting(state: SessionState): string {
  if (state.name !== 'waiting_retry') return 'Wait until it is open.';
  const next = new Date(state.nextRetryAtMs).toISOString();
  return `The last connection ended (${state.reason}); it tries again at ${next}.`;
}
