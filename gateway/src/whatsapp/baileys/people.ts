import type { BinaryNode } from 'baileys';
import type { WirePerson } from '../groups.ts';
import type { About, PeopleCalls } from '../people.ts';
import { Refused } from '../port.ts';
import type { PrivacyCalls } from '../privacy.ts';
import { bareJid } from './jid.ts';
import { child, children, msOf, textOf } from './node-reading.ts';
import { BaileysPrivacy, type PrivacyParts } from './privacy.ts';
import { node } from './question.ts';

const PICTURES = 'w:profile:picture';
const NOT_FOUND = 404;

export interface PeopleParts extends PrivacyParts {
  /** The token by which WhatsApp knows that a person trusts us; null when there is none. */
  readonly trustToken: (chatId: string) => Promise<BinaryNode | null>;
  readonly ownName: () => string | null;
  readonly setOwnName: (name: string) => Promise<void>;
  /** What is written without an answer. */
  readonly followPresence: (chatId: string) => Promise<void>;
  readonly setAvailable: (isAvailable: boolean) => Promise<void>;
}

/** People over WhatsApp's profile interfaces. */
export class BaileysPeople implements PeopleCalls {
  readonly privacy: PrivacyCalls;
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
    this.privacy = new BaileysPrivacy(parts);
  }

  async pictureUrl(chatId: string): Promise<string | null> {
    const { ask, trustToken } = this.#parts;
    const token = await trustToken(chatId);
    const attrs = { type: 'image', query: 'url' };
    const content = [node('picture', attrs, token ? [token] : undefined)];
    try {
      const reply = await ask({ xmlns: PICTURES, type: 'get', target: chatId, content });
      return child(reply, 'picture')?.attrs['url'] ?? null;
    } catch (error) {
      if (error instanceof Refused && error.code === NOT_FOUND) return null;
      throw error;
    }
  }

  async setPicture(group: string | null, jpeg: Uint8Array | null): Promise<void> {
    await this.#parts.ask({
      xmlns: PICTURES,
      type: 'set',
      ...(group === null ? {} : { target: group }),
      ...(jpeg ? { content: [node('picture', { type: 'image' }, jpeg)] } : {}),
    });
  }

  async about(chatId: string): Promise<About | null> {
    const sync = { context: 'interactive', mode: 'query', sid: this.#parts.newId() };
    const content = node('usync', { ...sync, last: 'true', index: '0' }, [
      node('query', {}, [node('status')]),
      node('list', {}, [node('user', { jid: chatId })]),
    ]);
    const reply = await this.#parts.ask({ xmlns: 'usync', type: 'get', content: [content] });
    const status = child(child(child(child(reply, 'usync'), 'list'), 'user'), 'status');
    const text = textOf(status);
    return text === '' ? null : { text, setAtMs: msOf(status?.attrs['t']) };
  }

  async setAbout(text: string): Promise<void> {
    const content = [node('status', {}, Buffer.from(text))];
    await this.#parts.ask({ xmlns: 'status', type: 'set', content });
  }

  async ownName(): Promise<string | null> {
    return this.#parts.ownName();
  }

  setOwnName(name: string): Promise<void> {
    return this.#parts.setOwnName(name);
  }

  async blocked(): Promise<WirePerson[]> {
    const reply = await this.#parts.ask({ xmlns: 'blocklist', type: 'get' });
    return children(child(reply, 'list'), 'item').flatMap(({ attrs }) => {
      const address = bareJid(attrs['jid']);
      return address === null ? [] : [{ address, alt: bareJid(attrs['pn_jid']) }];
    });
  }

  async setBlocked(lid: string, phoneAddress: string | null, isBlocked: boolean): Promise<void> {
    const action = isBlocked ? 'block' : 'unblock';
    // WhatsApp wants the number beside the LID when somebody is blocked, and only then.
    const number = isBlocked && phoneAddress !== null ? { pn_jid: phoneAddress } : {};
    const content = [node('item', { action, jid: lid, ...number })];
    await this.#parts.ask({ xmlns: 'blocklist', type: 'set', content });
  }

  followPresence(chatId: string): Promise<void> {
    return this.#parts.followPresence(chatId);
  }

  setAvailable(isAvailable: boolean): Promise<void> {
    return this.#parts.setAvailable(isAvailable);
  }
}
