import { proto, type SignalDataSet } from 'baileys';
import {
  type ChatPresence,
  type Connection,
  NotConnected,
  type OutgoingContent,
  type OwnChange,
  type RelayOutcome,
  type RestrictionSignal,
} from '../port.ts';
import type { LostMedia, Reupload } from '../reupload.ts';
import { Acks } from './acks.ts';
import { reasonOf, tellsOfLostConnection } from './disconnect.ts';
import { KeyedLock } from './keyed-lock.ts';
import type { OpenConnection } from './open-connection.ts';
import { buildMessage } from './outgoing.ts';
import { type Addressing, inAddressing } from './outgoing-addresses.ts';
import { applyOwnChange } from './own-changes.ts';
import { hasDevices } from './recipients.ts';
import { newChatsSignal, RESTRICTED_CODE } from './restrictions.ts';
import { askForUpload } from './reupload.ts';
import { stanzaExtras } from './stanza-extras.ts';
import type { LibrarySocket } from './wiring.ts';

/** Restrictions are not asked for more often than this. */
const RESTRICTIONS_EVERY_MS = 60_000;
const UPLOAD_LIMIT_MS = 120_000;

export interface SendingDeps extends Pick<OpenConnection, 'clock'> {
  /** Throws `NotConnected` while the connection is not open. */
  readonly open: () => OpenConnection;
  /** How the members of a group are named; rejects when WhatsApp does not tell. */
  readonly addressingOfGroup: (chatId: string) => Promise<Addressing>;
  /** A message was handed to the library, which may now hold events back. */
  readonly onHandedOver: () => void;
  readonly onRestriction: (signal: RestrictionSignal) => void;
}

/** What the account does in chats over one connection, and WhatsApp's answers to it. */
export class Sending {
  /** The server's answers. */
  readonly acks: Acks;
  readonly #deps: SendingDeps;
  readonly #turns = new KeyedLock();
  #askedRestrictionsAtMs = 0;

  constructor(deps: SendingDeps) {
    this.#deps = deps;
    this.acks = new Acks(deps.clock);
  }

  async prepare(content: OutgoingContent, chatId?: string): Promise<Uint8Array> {
    const { socket } = this.#deps.open();
    const addressing = chatId === undefined ? null : await this.#addressingOf(chatId);
    const message = await this.#asked(
      buildMessage(addressing ? inAddressing(content, addressing) : content, {
        upload: socket.waUploadToServer,
        mediaUploadTimeoutMs: UPLOAD_LIMIT_MS,
      }),
    );
    return proto.Message.encode(message).finish();
  }

  async relay(...call: Parameters<Connection['relay']>): Promise<RelayOutcome> {
    const parts = this.#deps.open();
    const outcome = await this.#relay(parts, ...call);
    if (outcome.kind !== 'acked') await forgetKeyHolders(parts.socket, call[0]);
    return outcome;
  }

  async #relay(
    { socket, device }: OpenConnection,
    ...[chatId, messageId, encoded, { audience, isRepeated } = {}]: Parameters<Connection['relay']>
  ): Promise<RelayOutcome> {
    const message = proto.Message.decode(encoded);
    const { attributes, nodes } = stanzaExtras(message, chatId);
    const ack = this.acks.expect(messageId);
    try {
      // Turns are taken for the first step only: from there on the library keeps the order of its calls.
      const send = await this.#turns.run('relay', async () => {
        if (!(await hasDevices(socket, device.auth.creds, chatId))) return null;
        if (isRepeated) await forgetKeyHolders(socket, chatId);
        const sent = socket.relayMessage(chatId, message, {
          messageId,
          ...(audience ? { statusJidList: [...audience] } : {}),
          additionalAttributes: attributes,
          additionalNodes: nodes,
        });
        return { sent };
      });
      if (!send) {
        ack.drop();
        return { kind: 'unconfirmed', reason: 'WhatsApp named no device of the recipient' };
      }
      await send.sent;
    } catch (error) {
      const answer = ack.answered();
      ack.drop();
      return answer ?? { kind: 'unconfirmed', reason: reasonOf(error) };
    } finally {
      this.#deps.onHandedOver();
    }
    const outcome = await ack.outcome();
    const isRestricted = outcome.kind === 'rejected' && outcome.code === RESTRICTED_CODE;
    if (isRestricted) this.#askForRestrictions(socket);
    return outcome;
  }

  async presence(chatId: string, state: ChatPresence): Promise<void> {
    const { socket } = this.#deps.open();
    await this.#asked(socket.sendPresenceUpdate(state, chatId));
  }

  async change(chatId: string, change: OwnChange): Promise<void> {
    const { socket, clock } = this.#deps.open();
    const addressing = await this.#addressingOf(chatId);
    await this.#asked(applyOwnChange(socket, chatId, change, addressing, clock));
  }

  async uploadAgain(lost: LostMedia): Promise<Reupload> {
    const addressing = await this.#addressingOf(lost.target.chatId);
    return askForUpload(this.#deps.open(), lost, addressing);
  }

  /** A send was refused because the account is restricted: WhatsApp says until when if it is asked. */
  #askForRestrictions(socket: LibrarySocket): void {
    const { clock, onRestriction } = this.#deps;
    const nowMs = clock.now();
    if (nowMs - this.#askedRestrictionsAtMs < RESTRICTIONS_EVERY_MS) return;
    this.#askedRestrictionsAtMs = nowMs;
    const quota = socket
      .fetchNewChatMessageCap()
      .then((info) => onRestriction(newChatsSignal(info)));
    void Promise.allSettled([socket.fetchAccountReachoutTimelock(), quota]);
  }

  /** How a chat names people; null when that cannot be found out. */
  async #addressingOf(chatId: string): Promise<Addressing | null> {
    if (!chatId.endsWith('@g.us')) return chatId.endsWith('@lid') ? 'lid' : 'pn';
    return this.#deps.addressingOfGroup(chatId).catch(() => null);
  }

  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (tellsOfLostConnection(error) || !this.#isOpen()) {
        throw new NotConnected(reasonOf(error), { cause: error });
      }
      throw error;
    }
  }

  #isOpen(): boolean {
    try {
      return this.#deps.open() !== null;
    } catch {
      return false;
    }
  }
}

/**
 * The next message brings everybody the key of the group again: the one before may have been the one that did,
 * and may have reached nobody. Never rejects: whoever does not have the key asks for it, one by one.
 */
async function forgetKeyHolders({ authState }: LibrarySocket, chatId: string): Promise<void> {
  if (!chatId.endsWith('@g.us')) return;
  const forgotten: SignalDataSet = { 'sender-key-memory': { [chatId]: null } };
  await Promise.resolve(authState.keys.set(forgotten)).catch(() => undefined);
}
