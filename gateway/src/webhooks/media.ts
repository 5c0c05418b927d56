import type { Deliverable } from './message.ts';
import type { Endpoint } from './store.ts';

/** The message that a medium belongs to. */
export interface MediaRef {
  readonly workspaceId: string;
  readonly sessionId: string;
  readonly messageId: string;
}

/** A medium in memory. */
export interface MediaFile {
  readonly bytes: Uint8Array;
  readonly mimetype: string;
  readonly fileName: string;
}

/** What webhooks need of the media of messages. Neither method rejects for a medium that is not there. */
export interface MessageMedia {
  /** A link that works without a key until `expiresAtMs`; null when there is nothing to link to. */
  link(ref: MediaRef): Promise<{ readonly url: string; readonly expiresAtMs: number } | null>;
  /** The file when it is at hand and has at most `maxBytes`; else null. */
  read(ref: MediaRef, maxBytes: number): Promise<MediaFile | null>;
}

/** An event's data with its media as the endpoint wants them. */
export interface Illustrated {
  readonly data: Readonly<Record<string, unknown>>;
  /** To be sent beside `data`; `part` names them there. */
  readonly files: readonly (MediaFile & { readonly part: string })[];
}

/** Where no media can be had, events go out as they are. */
export const NO_MEDIA: MessageMedia = { link: async () => null, read: async () => null };

/**
 * Adds media to an event: as `media.url` with `media.urlExpiresAt`, as `media.base64`, or as a file
 * beside, named by `media.part`. What is too large for the latter two becomes a link.
 */
export async function illustrate(
  media: MessageMedia,
  { settings }: Endpoint,
  event: Deliverable['event'],
): Promise<Illustrated> {
  const files: (MediaFile & { part: string })[] = [];
  const { mode, maxInlineBytes } = settings.media;

  async function one(data: Readonly<Record<string, unknown>>) {
    if (mode === 'none' || data.hasMedia !== true || typeof data.messageId !== 'string')
      return data;
    const { workspaceId, sessionId } = event;
    const ref: MediaRef = { workspaceId, sessionId, messageId: data.messageId };
    return { ...data, media: { ...asObject(data.media), ...(await place(ref)) } };
  }

  async function place(ref: MediaRef): Promise<Record<string, unknown>> {
    const file = mode === 'link' ? null : await media.read(ref, maxInlineBytes);
    if (file === null) {
      const link = await media.link(ref);
      if (!link) return {};
      return { url: link.url, urlExpiresAt: new Date(link.expiresAtMs).toISOString() };
    }
    if (mode === 'inline') return { base64: Buffer.from(file.bytes).toString('base64') };
    const part = `media${files.length === 0 ? '' : files.length}`;
    files.push({ ...file, part });
    return { part };
  }

  const { joined } = event.data;
  if (!Array.isArray(joined)) return { data: await one(event.data), files };
  const each: Readonly<Record<string, unknown>>[] = [];
  for (const message of joined) each.push(await one(asObject(message)));
  // The whole shows the fields of its last message, and so its medium.
  return { data: { ...event.data, media: each.at(-1)?.media ?? null, joined: each }, files };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
