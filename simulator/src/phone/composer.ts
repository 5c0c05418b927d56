import type { proto } from 'baileys';
import { type Account, accountJid } from '../accounts/account.ts';
import { compose } from '../content/compose.ts';
import type { Content, Target } from '../content/content.ts';
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

/** Between what people say and what is encrypted, with the phone's memory of polls and events. */
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
    return compose(content, {
      media: world.media,
      random,
      nowMs: world.clock.now(),
      author: accountJid(account, addressing),
      parentOf: (target) => this.#parentOf(target),
    });
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

function bothNames(account: Account): string[] {
  return [accountJid(account, 'pn'), accountJid(account, 'lid')];
}
