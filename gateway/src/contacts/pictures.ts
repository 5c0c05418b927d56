import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Problem } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { MediaSource } from '../messages/catalogue/media-source.ts';
import type { Media } from '../messages/media.ts';
import { squarePicture, UnreadablePicture } from '../messages/picture.ts';
import type { Download } from '../net/download.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Asking, Refusals } from './asking.ts';

export interface PicturesDeps {
  readonly asking: Asking;
  /** Fetches what is to be set: URLs are given by callers. */
  readonly media: Pick<Media, 'fetch' | 'discard'>;
  /** For what a session is to fetch from WhatsApp's own servers. */
  readonly downloadFor: (key: SessionKey) => Promise<Download>;
  /** Where pictures lie while they are worked on; made when missing. */
  readonly folder: string;
  readonly ids: IdSource;
}

/** Pictures of people, groups and the own account. */
export interface Pictures {
  /**
   * The picture of a person or group, a JPEG. Throws `picture_not_found`, `hidden_by_privacy` or
   * `media_damaged`, and what `Asking` throws.
   */
  get(key: SessionKey, chatId: string): Promise<Uint8Array>;
  /**
   * Sets the picture of a group or, with null, of the own account; the middle of it is kept, as a square.
   * A null source takes it away. Throws what `Media` throws about the source.
   */
  set(
    key: SessionKey,
    group: string | null,
    source: MediaSource | null,
    refusals: Refusals,
  ): Promise<void>;
}

/** The largest that WhatsApp's servers hand out have some hundred kilobytes. */
const DOWNLOAD = { maxBytes: 4 * 1024 * 1024, deadlineMs: 20_000, maxRedirects: 0 };

const NONE: readonly ['picture_not_found', string] = [
  'picture_not_found',
  'There is no picture, or only a part of WhatsApp sees it.',
];

const HIDDEN: readonly ['hidden_by_privacy', string] = [
  'hidden_by_privacy',
  'Privacy settings hide the picture from this number, or it is not in the group.',
];

const GET_REFUSALS: Refusals = { 401: HIDDEN, 403: HIDDEN, 404: NONE };

export function createPictures(deps: PicturesDeps): Pictures {
  const { asking, media, downloadFor, folder, ids } = deps;

  async function prepared(key: SessionKey, source: MediaSource): Promise<Uint8Array> {
    const local = await media.fetch(source, 'image', { session: { key }, folder });
    try {
      return await squarePicture(local.file);
    } catch (error) {
      if (!(error instanceof UnreadablePicture)) throw error;
      const message = 'The picture is damaged or far too large.';
      throw new Problem('invalid_media', message, [{ field: source.pointer, message }]);
    } finally {
      await media.discard(local.file);
    }
  }

  return {
    async get(key, chatId) {
      const url = await asking(key, GET_REFUSALS, ({ people }) => people.pictureUrl(chatId));
      if (url === null) throw new Problem(...NONE);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = join(folder, `picture-${ids()}`);
      const accepts = (type: string) => type === '' || type.startsWith('image/') || isBytes(type);
      const download = await downloadFor(key);
      const saved = await download(url, file, { ...DOWNLOAD, accepts });
      if (saved.kind === 'not_saved') {
        if (saved.reason === 'not_found') throw new Problem(...NONE);
        const why = `WhatsApp has the picture, but it could not be fetched: ${saved.message}.`;
        throw new Problem('whatsapp_unreachable', why);
      }
      try {
        return mustBeJpeg(await readFile(file));
      } finally {
        await media.discard(file);
      }
    },
    async set(key, group, source, refusals) {
      const jpeg = source && (await prepared(key, source));
      await asking(key, refusals, ({ people }) => people.setPicture(group, jpeg));
    },
  };
}

const isBytes = (type: string): boolean => type.endsWith('/octet-stream');

/** Whatever WhatsApp's servers hand out, nothing but a JPEG leaves under our name. */
function mustBeJpeg(bytes: Uint8Array): Uint8Array {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return bytes;
  throw new Problem('media_damaged', 'What WhatsApp handed out is no JPEG picture.');
}
