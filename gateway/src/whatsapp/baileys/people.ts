import type { BinaryNode } from 'baileys';
import type { PeopleCalls } from '../people.ts';
import { Refused } from '../port.ts';
import { child } from './node-reading.ts';
import { type Ask, node } from './question.ts';

const PICTURES = 'w:profile:picture';
const NOT_FOUND = 404;

export interface PeopleParts {
  readonly ask: Ask;
  /** The token by which WhatsApp knows that a person trusts us; null when there is none. */
  readonly trustToken: (chatId: string) => Promise<BinaryNode | null>;
}

/** People over WhatsApp's profile interfaces. */
export class BaileysPeople implements PeopleCalls {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
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
}
