import { readFile } from 'node:fs/promises';
import type { Clock } from '../../kernel/clock.ts';
import type { SessionKey, SessionRecord } from '../../sessions/store.ts';
import type { MediaRef, MessageMedia } from '../../webhooks/media.ts';
import type { ReceivedMedia } from './received-media.ts';

/** A webhook that waits a day for its receiver still carries a link that works. */
const LINK_MS = 7 * 86_400_000;

export interface WebhookMediaDeps {
  readonly media: ReceivedMedia;
  /** The session behind a name; throws when it is gone. */
  readonly session: (workspaceId: string, sessionId: string) => SessionRecord;
  /** Where this service is reached from outside, without a slash at the end. */
  readonly baseUrl: () => string;
  readonly clock: Clock;
}

/** Media as webhooks carry it. What is not here yet is fetched; what cannot be had is left out. */
export function createWebhookMedia(deps: WebhookMediaDeps): MessageMedia {
  const { media, session, baseUrl, clock } = deps;

  function keyOf({ workspaceId, sessionId }: MediaRef): SessionKey | null {
    try {
      return session(workspaceId, sessionId).key;
    } catch {
      return null;
    }
  }

  return {
    async link(ref) {
      const { messageId } = ref;
      const key = keyOf(ref);
      if (key === null) return null;
      const expiresAtMs = clock.now() + LINK_MS;
      const token = media.links.sign({ key, messageId }, expiresAtMs);
      return { url: `${baseUrl()}/media/${token}`, expiresAtMs };
    },
    async read(ref, maxBytes) {
      const key = keyOf(ref);
      const opened = key === null ? null : await media.open(key, ref.messageId).catch(() => null);
      if (opened === null || opened.file.bytes > maxBytes) return null;
      const { file, mimetype, fileName } = opened;
      return { bytes: await readFile(file.path), mimetype, fileName };
    },
  };
}
