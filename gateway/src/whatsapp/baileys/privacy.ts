import type { BinaryNode } from 'baileys';
import type { PrivacyCalls, PrivacyChange, PrivacySettings } from '../privacy.ts';
import { child, children } from './node-reading.ts';
import { type Ask, node } from './question.ts';

/** What WhatsApp calls the settings (the library's `updateLastSeenPrivacy` and its like). */
const CATEGORIES = {
  lastSeen: 'last',
  online: 'online',
  picture: 'profile',
  about: 'status',
  readReceipts: 'readreceipts',
  groupAdd: 'groupadd',
  callAdd: 'calladd',
  messages: 'messages',
} as const satisfies Record<Exclude<keyof PrivacySettings, 'ephemeralSeconds'>, string>;

export interface PrivacyParts {
  readonly ask: Ask;
  /** A fresh id for what is written; throws `NotConnected`. */
  readonly newId: () => string;
  readonly ownAddress: () => string;
  /** Has the library ask anew: by what it knows it decides whether authors see that we read. */
  readonly refreshPrivacy: () => Promise<unknown>;
}

/** The account's privacy over WhatsApp's interfaces for it. */
export class BaileysPrivacy implements PrivacyCalls {
  readonly #parts: PrivacyParts;

  constructor(parts: PrivacyParts) {
    this.#parts = parts;
  }

  async get(): Promise<PrivacySettings> {
    const [privacy, ephemeralSeconds] = await Promise.all([this.#categories(), this.#ephemeral()]);
    const value = (setting: keyof typeof CATEGORIES) => privacy.get(CATEGORIES[setting]) ?? null;
    return {
      lastSeen: value('lastSeen'),
      online: value('online'),
      picture: value('picture'),
      about: value('about'),
      readReceipts: value('readReceipts'),
      groupAdd: value('groupAdd'),
      callAdd: value('callAdd'),
      messages: value('messages'),
      ephemeralSeconds,
    };
  }

  async change(change: PrivacyChange): Promise<void> {
    const { ask, refreshPrivacy } = this.#parts;
    await ask({ ...question(change), type: 'set' });
    // The change is made: that the library did not hear of it is no reason to say that it failed.
    await refreshPrivacy().catch(() => undefined);
  }

  async #categories(): Promise<Map<string, string>> {
    const content = [node('privacy')];
    const reply = await this.#parts.ask({ xmlns: 'privacy', type: 'get', content });
    return new Map(
      children(child(reply, 'privacy'), 'category').flatMap(({ attrs: { name, value } }) =>
        name && value ? [[name, value]] : [],
      ),
    );
  }

  async #ephemeral(): Promise<number | null> {
    const { ask, newId, ownAddress } = this.#parts;
    const sync = { context: 'interactive', mode: 'query', sid: newId(), last: 'true', index: '0' };
    const content = node('usync', sync, [
      node('query', {}, [node('disappearing_mode')]),
      node('list', {}, [node('user', { jid: ownAddress() })]),
    ]);
    const reply = await ask({ xmlns: 'usync', type: 'get', content: [content] });
    const user = child(child(child(reply, 'usync'), 'list'), 'user');
    const seconds = Number(child(user, 'disappearing_mode')?.attrs['duration'] ?? Number.NaN);
    return Number.isSafeInteger(seconds) ? seconds : null;
  }
}

function question({ setting, value }: PrivacyChange): { xmlns: string; content: BinaryNode[] } {
  if (setting === 'ephemeralSeconds') {
    const mode = node('disappearing_mode', { duration: String(value) });
    return { xmlns: 'disappearing_mode', content: [mode] };
  }
  const category = node('category', { name: CATEGORIES[setting], value });
  return { xmlns: 'privacy', content: [node('privacy', {}, [category])] };
}
