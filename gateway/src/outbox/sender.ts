import type { Recipients, ResolvedRecipient } from '../contacts/recipients.ts';
import { Problem } from '../kernel/errors.ts';
import type { SendRequest } from '../messages/catalogue/catalogue.ts';
import type { Composer } from '../messages/outgoing.ts';
import { type SessionState, userAction } from '../sessions/state.ts';
import type { SessionRecord } from '../sessions/store.ts';
import { NotConnected } from '../whatsapp/port.ts';
import type { Outbox, SendResult } from './outbox.ts';
import { outgoingPayload } from './payload.ts';

/** A send as the caller sees it: how it stands and whom it really goes to. */
export type Sent = SendResult & {
  readonly to: ResolvedRecipient;
  /** Set when the content went out in another form than asked for. */
  readonly renderedAs?: 'text';
};

export interface Sender {
  /**
   * Checks the session and the recipient, fetches media, commits, and waits up to `waitMs` for
   * WhatsApp's answer. Throws a `Problem` when nothing was accepted; then nothing was kept either.
   */
  send(workspaceId: string, id: string, request: SendRequest, waitMs: number): Promise<Sent>;
}

export interface SenderDeps {
  readonly sessions: {
    resolve(workspaceId: string, id: string): { record: SessionRecord; state: SessionState };
  };
  readonly recipients: Recipients;
  readonly composer: Composer;
  readonly outbox: Outbox;
  /** Where media waits until it is sent. */
  readonly mediaFolder: string;
  /** Removes the media of content that is not kept after all. */
  readonly discard: (file: string) => Promise<void>;
}

/** From a validated request to an accepted message. */
export function createSender(deps: SenderDeps): Sender {
  const { sessions, recipients, composer, outbox, mediaFolder, discard } = deps;
  return {
    async send(workspaceId, id, request, waitMs) {
      const { record, state } = sessions.resolve(workspaceId, id);
      refuseUnlessLinked(record, state);
      const to = await recipients.resolve(record.key, request.to).catch(explainOffline);
      const { content, files, shown, renderedAs } = await composer.compose(request, {
        session: record,
        to,
        folder: mediaFolder,
      });
      try {
        const result = await outbox.send(
          record,
          {
            chatId: to.chatId,
            senderId: `${record.phone}@s.whatsapp.net`,
            content,
            data: (messageId, nowMs) => outgoingPayload(record, to, shown, messageId, nowMs),
          },
          waitMs,
        );
        return { ...result, to, ...(renderedAs === null ? {} : { renderedAs }) };
      } catch (error) {
        await Promise.all(files.map(discard));
        throw error;
      }
    },
  };
}

/** A linked session that is only disconnected takes messages; they go out when it is back. */
function refuseUnlessLinked(record: SessionRecord, state: SessionState): void {
  switch (state.name) {
    case 'open':
      return;
    case 'connecting':
    case 'waiting_retry':
      if (record.phone !== null) return;
      break;
    case 'qr':
    case 'stopped':
    case 'logged_out':
    case 'replaced':
    case 'forbidden':
    case 'auth_corrupt':
      break;
  }
  throw new Problem(
    'session_not_open',
    `The session "${record.id}" is "${state.name}". ${userAction(state) ?? 'Wait until it is open.'}`,
  );
}

function explainOffline(error: unknown): never {
  if (error instanceof NotConnected) {
    throw new Problem(
      'whatsapp_unreachable',
      'The session is reconnecting, so WhatsApp cannot be asked about this new number. Try again in a moment.',
    );
  }
  throw error;
}
