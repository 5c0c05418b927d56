import { type Content, mediaOf } from '../content/content.ts';
import type { MediaServer } from '../media/port.ts';

/** A file as it lay encrypted on the media server. */
export interface KeptMedia {
  readonly kind: string;
  readonly encrypted: Uint8Array;
}

/** Files kept per phone; older ones are gone when the server forgets them, too. */
const MAX_FILES = 200;

/** A phone keeps the files of its messages, so that it can upload again what the server forgot. */
export class MediaKeeper {
  readonly #server: MediaServer;
  readonly #files = new Map<string, KeptMedia>();

  constructor(server: MediaServer) {
    this.#server = server;
  }

  /** Keeps the file of a message, if it has one and it is there. The bytes are shared, not copied. */
  keep(messageId: string, content: Content): void {
    const media = mediaOf(content);
    const encrypted = media && this.#server.read(media.directPath);
    if (!media || !encrypted) return;
    this.#files.set(messageId, { kind: media.mediaType, encrypted });
    if (this.#files.size <= MAX_FILES) return;
    const oldest = this.#files.keys().next().value;
    if (oldest !== undefined) this.#files.delete(oldest);
  }

  find(messageId: string): KeptMedia | null {
    return this.#files.get(messageId) ?? null;
  }
}
