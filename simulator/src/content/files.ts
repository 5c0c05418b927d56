import type { proto } from 'baileys';
import type { HeaderMedia } from './choice-content.ts';
import type {
  AudioContent,
  Content,
  DocumentContent,
  ImageContent,
  StickerContent,
  VideoContent,
} from './content.ts';
import { wrapViewOnce } from './envelope.ts';
import { given } from './given.ts';
import { composeMedia, readMedia } from './media.ts';
import type { ComposeTools, ReadTools } from './tools.ts';

type FileContent = ImageContent | VideoContent | AudioContent | DocumentContent | StickerContent;

/** Image, video, audio, document and sticker. */
export function composeFile(content: FileContent, tools: ComposeTools): proto.IMessage {
  switch (content.type) {
    case 'image': {
      const message = { imageMessage: composeImage(content, tools) };
      return content.viewOnce ? wrapViewOnce(message) : message;
    }
    case 'video': {
      const video = composeVideo(content, tools);
      const message = content.style === 'round' ? { ptvMessage: video } : { videoMessage: video };
      return content.viewOnce ? wrapViewOnce(message) : message;
    }
    case 'audio': {
      const message = { audioMessage: composeAudio(content, tools) };
      return content.viewOnce ? wrapViewOnce(message) : message;
    }
    case 'document': {
      const message = { documentMessage: composeDocument(content, tools) };
      return content.caption === undefined ? message : { documentWithCaptionMessage: { message } };
    }
    case 'sticker':
      return { stickerMessage: composeSticker(content, tools) };
  }
}

export function readFile(message: proto.IMessage, tools: ReadTools): Content | null {
  if (message.imageMessage) return readImage(message.imageMessage, tools);
  if (message.videoMessage) return readVideo(message.videoMessage, tools, false);
  if (message.ptvMessage) return readVideo(message.ptvMessage, tools, true);
  if (message.audioMessage) return readAudio(message.audioMessage, tools);
  if (message.documentMessage) return readDocument(message.documentMessage, tools);
  if (message.stickerMessage) return readSticker(message.stickerMessage, tools);
  return null;
}

/** The media above an interactive message, as fields to spread. */
export function composeHeader(
  header: HeaderMedia | undefined,
  tools: ComposeTools,
): Pick<proto.IMessage, 'imageMessage' | 'videoMessage' | 'documentMessage'> {
  switch (header?.type) {
    case undefined:
      return {};
    case 'image':
      return { imageMessage: composeImage(header, tools) };
    case 'video':
      return { videoMessage: composeVideo(header, tools) };
    case 'document':
      return { documentMessage: composeDocument(header, tools) };
  }
}

export function readHeader(
  header: Pick<proto.IMessage, 'imageMessage' | 'videoMessage' | 'documentMessage'>,
  tools: ReadTools,
): { header?: HeaderMedia } {
  if (header.imageMessage) return { header: readImage(header.imageMessage, tools) };
  if (header.videoMessage) return { header: readVideo(header.videoMessage, tools, false) };
  if (header.documentMessage) return { header: readDocument(header.documentMessage, tools) };
  return {};
}

function composeImage(content: ImageContent, tools: ComposeTools): proto.Message.IImageMessage {
  return {
    ...composeMedia(content.media, 'image', tools.context),
    mimetype: content.mimetype ?? 'image/jpeg',
    ...given({
      caption: content.caption,
      width: content.width,
      height: content.height,
      jpegThumbnail: content.thumbnail,
      viewOnce: content.viewOnce,
    }),
    ...tools.frame(content),
  };
}

function readImage(image: proto.Message.IImageMessage, tools: ReadTools): ImageContent {
  return {
    type: 'image',
    media: readMedia(image, 'image'),
    ...given({
      mimetype: image.mimetype,
      caption: image.caption,
      width: image.width,
      height: image.height,
      thumbnail: image.jpegThumbnail,
    }),
    ...(tools.viewOnce || image.viewOnce ? { viewOnce: true } : {}),
    ...tools.frame(image.contextInfo),
  };
}

function composeVideo(content: VideoContent, tools: ComposeTools): proto.Message.IVideoMessage {
  const mediaType = content.style === 'round' ? 'ptv' : 'video';
  return {
    ...composeMedia(content.media, mediaType, tools.context),
    mimetype: content.mimetype ?? 'video/mp4',
    ...given({
      caption: content.caption,
      seconds: content.seconds,
      width: content.width,
      height: content.height,
      jpegThumbnail: content.thumbnail,
      viewOnce: content.viewOnce,
    }),
    ...(content.style === 'gif' ? { gifPlayback: true } : {}),
    ...tools.frame(content),
  };
}

function readVideo(
  video: proto.Message.IVideoMessage,
  tools: ReadTools,
  round: boolean,
): VideoContent {
  const style = round ? 'round' : video.gifPlayback ? 'gif' : null;
  return {
    type: 'video',
    media: readMedia(video, round ? 'ptv' : 'video'),
    ...given({
      style,
      mimetype: video.mimetype,
      caption: video.caption,
      seconds: video.seconds,
      width: video.width,
      height: video.height,
      thumbnail: video.jpegThumbnail,
    }),
    ...(tools.viewOnce || video.viewOnce ? { viewOnce: true } : {}),
    ...tools.frame(video.contextInfo),
  };
}

function composeAudio(content: AudioContent, tools: ComposeTools): proto.Message.IAudioMessage {
  return {
    ...composeMedia(content.media, 'audio', tools.context),
    mimetype: content.mimetype ?? (content.voice ? 'audio/ogg; codecs=opus' : 'audio/mpeg'),
    ptt: content.voice ?? false,
    ...given({
      seconds: content.seconds,
      waveform: content.waveform,
      viewOnce: content.viewOnce,
    }),
    ...tools.frame(content),
  };
}

function readAudio(audio: proto.Message.IAudioMessage, tools: ReadTools): AudioContent {
  return {
    type: 'audio',
    media: readMedia(audio, 'audio'),
    ...given({ mimetype: audio.mimetype, seconds: audio.seconds, waveform: audio.waveform }),
    ...(audio.ptt ? { voice: true } : {}),
    ...(tools.viewOnce || audio.viewOnce ? { viewOnce: true } : {}),
    ...tools.frame(audio.contextInfo),
  };
}

function composeDocument(
  content: DocumentContent,
  tools: ComposeTools,
): proto.Message.IDocumentMessage {
  return {
    ...composeMedia(content.media, 'document', tools.context),
    mimetype: content.mimetype ?? 'application/octet-stream',
    ...given({
      fileName: content.fileName,
      title: content.fileName,
      caption: content.caption,
      pageCount: content.pages,
      jpegThumbnail: content.thumbnail,
    }),
    ...tools.frame(content),
  };
}

function readDocument(document: proto.Message.IDocumentMessage, tools: ReadTools): DocumentContent {
  return {
    type: 'document',
    media: readMedia(document, 'document'),
    ...given({
      mimetype: document.mimetype,
      fileName: document.fileName ?? document.title,
      caption: document.caption,
      pages: document.pageCount,
      thumbnail: document.jpegThumbnail,
    }),
    ...tools.frame(document.contextInfo),
  };
}

function composeSticker(
  content: StickerContent,
  tools: ComposeTools,
): proto.Message.IStickerMessage {
  return {
    ...composeMedia(content.media, 'sticker', tools.context),
    mimetype: content.mimetype ?? 'image/webp',
    stickerSentTs: tools.context.nowMs,
    isAnimated: content.animated ?? false,
    ...given({ width: content.width, height: content.height }),
    ...tools.frame(content),
  };
}

function readSticker(sticker: proto.Message.IStickerMessage, tools: ReadTools): StickerContent {
  return {
    type: 'sticker',
    media: readMedia(sticker, 'sticker'),
    ...given({ mimetype: sticker.mimetype, width: sticker.width, height: sticker.height }),
    ...(sticker.isAnimated ? { animated: true } : {}),
    ...tools.frame(sticker.contextInfo),
  };
}
