import type { MediaInfo } from './payload.ts';
import { bytes, type Fields, flag, number, text } from './read.ts';

/** Describes a medium from the fields that all media messages share. */
export function mediaInfo(value: Fields, more: Partial<MediaInfo> = {}): MediaInfo {
  const sha256 = bytes(value, 'fileSha256');
  return {
    mimetype: text(value, 'mimetype'),
    fileName: text(value, 'fileName'),
    bytes: number(value, 'fileLength'),
    seconds: number(value, 'seconds'),
    width: number(value, 'width'),
    height: number(value, 'height'),
    sha256: sha256 === null ? null : Buffer.from(sha256).toString('base64'),
    voice: flag(value, 'ptt'),
    animated: flag(value, 'isAnimated') || flag(value, 'gifPlayback'),
    videoNote: false,
    ...more,
  };
}
