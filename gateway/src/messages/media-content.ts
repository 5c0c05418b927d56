import type { Problem } from '../kernel/errors.ts';
import type { OutgoingBody } from '../whatsapp/content.ts';
import type { Content } from './catalogue/content.ts';
import type { MediaSource } from './catalogue/media-source.ts';
import type { Convert } from './converter.ts';
import { documentName, documentType } from './document.ts';
import { filmInfo } from './film.ts';
import { refusedMedia } from './inspect.ts';
import type { LocalMedia, Media, MediaPlace } from './media.ts';
import type { MediaKind } from './media-kinds.ts';
import { opusInfo } from './ogg.ts';
import { preparePicture, prepareSticker, smallPicture, UnreadablePicture } from './picture.ts';
import { documentThumbnail, filmThumbnail } from './thumbnail.ts';
import { prepareVoice } from './voice.ts';

/** Content that carries a medium. */
export type MediaContent = Extract<Content, { readonly media: MediaSource }>;

/** Makes the body of a message out of media content. */
export interface MediaComposer {
  /** Fetches and converts the medium into the folder; throws a `Problem` and leaves nothing behind. */
  compose(content: MediaContent, viewOnce: boolean, place: MediaPlace): Promise<OutgoingBody>;
}

/** Makes media fit for sending. */
export function createMediaComposer(media: Media, convert: Convert): MediaComposer {
  /** Brings a medium here and makes something of it; when that fails, the file goes. */
  async function fetched<T>(
    source: MediaSource,
    kind: MediaKind,
    place: MediaPlace,
    make: (local: LocalMedia) => Promise<T>,
  ): Promise<T> {
    const local = await media.fetch(source, kind, place);
    try {
      return await make(local);
    } catch (error) {
      await media.discard(local.file);
      throw error instanceof UnreadablePicture ? unreadable(source.pointer) : error;
    }
  }

  /** The picture that the caller gave to show; null when there is none. */
  async function givenThumbnail(content: MediaContent, place: MediaPlace): Promise<string | null> {
    const source = 'thumbnail' in content ? content.thumbnail : undefined;
    if (!source) return null;
    return fetched(source, 'image', place, async ({ file }) => {
      const thumbnail = await smallPicture(file);
      await media.discard(file);
      return thumbnail;
    });
  }

  return {
    async compose(content, viewOnce, place) {
      const given = await givenThumbnail(content, place);
      return fetched(content.media, kindOf(content), place, (local) =>
        bodyOf(content, local, { viewOnce, given }, convert),
      );
    },
  };
}

const unreadable = (pointer: string): Problem =>
  refusedMedia('invalid_media', 'The picture is damaged or far too large.', pointer);

const kindOf = (content: MediaContent): MediaKind =>
  content.type === 'audio' && content.voice ? 'voice' : content.type;

async function bodyOf(
  content: MediaContent,
  { file, mimetype, fileName }: LocalMedia,
  wishes: { readonly viewOnce: boolean; readonly given: string | null },
  convert: Convert,
): Promise<OutgoingBody> {
  const viewOnce = wishes.viewOnce ? { viewOnce: true } : {};
  switch (content.type) {
    case 'image': {
      const { caption } = content;
      return {
        type: 'image',
        file,
        caption,
        ...(await preparePicture(file, mimetype)),
        ...viewOnce,
      };
    }
    case 'sticker': {
      const { animated } = await prepareSticker(file);
      return { type: 'sticker', file, mimetype: 'image/webp', animated };
    }
    case 'video': {
      const { caption, playback } = content;
      const info = await filmInfo(file);
      const shown = thumbnailField(wishes.given ?? (await filmThumbnail(file, convert)));
      return { type: 'video', file, mimetype, caption, playback, ...info, ...shown, ...viewOnce };
    }
    case 'document': {
      const type = documentType(mimetype, fileName);
      const { caption } = content;
      const shown = thumbnailField(wishes.given ?? (await documentThumbnail(file)));
      const name = documentName(fileName, type);
      return { type: 'document', file, mimetype: type, fileName: name, caption, ...shown };
    }
    case 'audio':
      return content.voice
        ? voiceNote(content.media, file, mimetype, viewOnce, convert)
        : { type: 'audio', voice: false, file, ...(await soundInfo(file, mimetype)), ...viewOnce };
  }
}

const thumbnailField = (thumbnail: string | null) => (thumbnail === null ? {} : { thumbnail });

async function voiceNote(
  source: MediaSource,
  file: string,
  mimetype: string,
  viewOnce: { viewOnce?: boolean },
  convert: Convert,
): Promise<OutgoingBody> {
  const voice = await prepareVoice(file, mimetype, convert);
  switch (voice.kind) {
    case 'ready': {
      const { kind: _, ...info } = voice;
      const type = 'audio/ogg; codecs=opus';
      return { type: 'audio', voice: true, file, mimetype: type, ...info, ...viewOnce };
    }
    case 'missing':
      throw refusedMedia(
        'media_converter_missing',
        'A voice note is Ogg/Opus. Send it as such, send it as audio, or let the operator install ffmpeg.',
        source.pointer,
      );
    case 'failed':
      throw refusedMedia(
        'invalid_media',
        'The sound cannot be read; the file may be damaged.',
        source.pointer,
      );
  }
}

/** M4A files often call themselves MP4, and clients want Opus named. */
async function soundInfo(file: string, mimetype: string) {
  if (mimetype === 'video/mp4' || mimetype === 'audio/mp4') {
    const { seconds } = await filmInfo(file);
    return { mimetype: 'audio/mp4', ...(seconds === undefined ? {} : { seconds }) };
  }
  const opus = mimetype === 'audio/ogg' ? await opusInfo(file) : null;
  return opus === null
    ? { mimetype }
    : { mimetype: 'audio/ogg; codecs=opus', seconds: opus.seconds };
}
