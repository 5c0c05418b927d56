import { lidAddress, lidOf, phoneAddress } from '../../contacts/address.ts';
import type { IdentityStore } from '../../contacts/store.ts';
import type { SessionKey } from '../../sessions/store.ts';
import type { WireContent } from '../../whatsapp/port.ts';
import type { Normalised } from '../normalise/normalise.ts';
import type { Envelope, TargetInfo } from '../normalise/payload.ts';
import type { OwnIdentity } from '../normalise/people.ts';
import { text } from '../normalise/read.ts';
import type { MessageRecord, MessageStore } from '../store.ts';
import {
  type AddOnCodec,
  type EventReply,
  type Parent,
  type PollInfo,
  parentOf,
  plainForm,
  pollOf,
  readReply,
  readVote,
} from './open.ts';
import { openSealed, type SealParties } from './seal.ts';

export type SealedMessage = Extract<Normalised, { kind: 'sealed' }>;

/** A vote; null what could not be found or opened. */
export interface PollVote {
  readonly kind: 'poll_vote';
  readonly target: TargetInfo;
  readonly envelope: Envelope;
  readonly poll: PollInfo | null;
  readonly selected: readonly string[] | null;
}

/** An answer to an invitation. */
export interface EventResponse extends EventReply {
  readonly kind: 'event_response';
  readonly target: TargetInfo;
  readonly envelope: Envelope;
  /** Name of the event. */
  readonly name: string | null;
}

/** What a sealed message turned out to be. */
export type OpenedMessage =
  | PollVote
  | EventResponse
  /** Something that also comes unsealed; `encoded` is its protobuf where it can be quoted or fetched. */
  | {
      readonly kind: 'plain';
      readonly content: WireContent;
      readonly encoded: Uint8Array | null;
    };

/** Opens messages that are sealed with the secret of an earlier one. */
export interface AddOns {
  /**
   * Null when the earlier message is not kept, has no secret, or did not seal this one. Votes are always
   * answered, with what is known of them. The earlier message must be in storage by now.
   */
  open(key: SessionKey, sealed: SealedMessage, own: OwnIdentity): Promise<OpenedMessage | null>;
}

export interface AddOnDeps {
  readonly store: Pick<MessageStore, 'find' | 'encoded'>;
  readonly identities: Pick<IdentityStore, 'phoneFor' | 'lidFor'>;
  readonly codec: AddOnCodec;
}

interface KnownParent extends Parent {
  readonly record: MessageRecord;
}

/** Finds what add-ons need in storage, so that they can be opened after a restart as well. */
export function createAddOns({ store, identities, codec }: AddOnDeps): AddOns {
  async function parent(key: SessionKey, id: string): Promise<KnownParent | null> {
    const [record, encoded] = await Promise.all([store.find(key, id), store.encoded(key, id)]);
    const known = encoded === null ? null : parentOf(codec.decode(encoded));
    return record === null || known === null ? null : { ...known, record };
  }

  async function namesOf(key: SessionKey, address: string): Promise<string[]> {
    const lid = lidOf(address);
    if (lid !== null) return nonNull([address, addressOf(await identities.phoneFor(key, lid))]);
    const known = await identities.lidFor(key, address.split('@')[0] ?? '');
    return nonNull([known === null ? null : lidAddress(known), address]);
  }

  async function parties(
    key: SessionKey,
    author: MessageRecord,
    { fromMe, lid, phone }: Envelope,
    own: OwnIdentity,
  ): Promise<SealParties> {
    const self = nonNull([own.lid === null ? null : lidAddress(own.lid), addressOf(own.phone)]);
    return {
      authors: author.fromMe ? self : await namesOf(key, author.senderId),
      senders: fromMe ? self : nonNull([lid, addressOf(phone)]),
    };
  }

  return {
    async open(key, { addOn, target, envelope }, own) {
      const found = await parent(key, target.messageId);
      const people = found && (await parties(key, found.record, envelope, own));
      const plain =
        found && people
          ? openSealed(
              addOn.use,
              { id: target.messageId, secret: found.secret },
              people,
              addOn.sealed,
            )
          : null;
      if (addOn.use === 'poll_vote') {
        const poll = found && pollOf(found);
        const selected = poll && plain && readVote(codec, poll, plain);
        return { kind: 'poll_vote', target, envelope, poll, selected };
      }
      if (found === null || plain === null) return null;
      if (addOn.use === 'event_response') {
        const reply = found.rawType === 'eventMessage' ? readReply(codec, plain) : null;
        const name = text(found.value, 'name');
        return reply && { kind: 'event_response', target, envelope, name, ...reply };
      }
      const content = plainForm(codec, addOn, plain);
      const encoded = addOn.use === 'comment' ? plain : null;
      return content && { kind: 'plain', content, encoded };
    },
  };
}

const nonNull = (names: readonly (string | null)[]): string[] =>
  names.filter((name) => name !== null);

const addressOf = (phone: string | null): string | null =>
  phone === null ? null : phoneAddress(phone);
