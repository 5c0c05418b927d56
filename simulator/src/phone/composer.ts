import type { proto } from 'baileys';
import { type Account, accountJid } from '../accounts/account.ts';
import type { Target } from '../content/action-content.ts';
import { compose } from '../content/compose.ts';
import type { Content } from '../content/content.ts';
import { secretOf } from '../content/envelope.ts';
import { read } from '../content/read.ts';
import type { AddOnParent } from '../content/tools.ts';
import type { Random } from '../kernel/random.ts';
import type { World } from '../server/world.ts';
import type { PhoneRecords } from './records.ts';
import type { Destination } from './target.ts';

export interface ComposerDeps {
  readonly world: World;
  readonly account: Account;
  readonly records: PhoneRecords;
  readonly random: Random;
}

const MESSAGE_SECRET_BYTES = 32;

/** Between what people say and what is encrypted, with the phone's memory of what others answer and change. */
export class Composer {
  readonly #deps: ComposerDeps;

  constructor(deps: ComposerDeps) {
    this.#deps = deps;
  }

  compose(content: Content, destination: Destination): proto.IMessage {
    const { world, account, random } = this.#deps;
    const addressing =
      destination.kind === 'person'
        ? destination.addressing
        : destination.kind === 'group'
          ? destination.group.addressing
          : 'pn';
    const message = compose(content, {
      media: world.media,
      random,
      nowMs: world.clock.now(),
      author: accountJid(account, addressing),
      parentOf: (target) => this.#parentOf(target),
    });
    return WITHOUT_SECRET.has(content.type) ? message : withSecret(message, random);
  }

  /** `author` is whoever sent the message. */
  read(message: proto.IMessage, author: Account | null): Content {
    return read(message, {
      authors: author ? bothNames(author) : [],
      parentOf: (target) => this.#parentOf(target),
    });
  }

  #parentOf({ id }: Target): AddOnParent | null {
    const { world, account, records } = this.#deps;
    const sent = records.findSent(id);
    const received = records.findReceived(id);
    const known = sent ?? received;
    const secret = known && secretOf(known.message);
    if (!known || !secret) return null;
    const author = sent ? account : world.directory.find(received?.sender);
    const content = known.content;
    return {
      secret,
      authors: author ? bothNames(author) : [],
      options: content.type === 'poll' ? content.options : [],
    };
  }
}

/** What says something about another message, or nothing to people: nobody reacts to it. */
const WITHOUT_SECRET: ReadonlySet<Content['type']> = new Set([
  'reaction',
  'comment',
  'edit',
  'delete',
  'pin',
  'poll-vote',
  'event-response',
  'app-state-keys',
  'app-state-key-request',
  'history',
  'history-request',
  'placeholder-request',
  'placeholder-response',
  'ephemeral-setting',
  'lid-mappings',
  'share-phone-number',
  'nothing',
]);

/** Phones put a secret beside everything they send, for whatever is sealed with it later. */
function withSecret(message: proto.IMessage, random: Random): proto.IMessage {
  const messageSecret =
    message.messageContextInfo?.messageSecret ?? random.bytes(MESSAGE_SECRET_BYTES);
  return { ...message, messageContextInfo: { ...message.messageContextInfo, messageSecret } };
}

function bothNames(account: Account): string[] {
  return [accountJid(account, 'pn'), accountJid(account, 'lid')];
}
