import { rename, rm } from 'node:fs/promises';
import type { Conversion, Convert } from './converter.ts';
import { createLoudness } from './loudness.ts';
import { opusInfo } from './ogg.ts';

/** What clients show of a voice note; absent what could not be found out. */
export interface VoiceInfo {
  readonly seconds?: number;
  /** See `Loudness`; base64. */
  readonly waveform?: string;
}

export type Voice =
  | ({ readonly kind: 'ready' } & VoiceInfo)
  | Exclude<Conversion, { kind: 'done' }>;

/** ffmpeg's readers by proven type: a file is never read as anything else, such as a playlist. */
const READERS: Readonly<Record<string, string>> = {
  'audio/aac': 'aac',
  'audio/amr': 'amr',
  'audio/flac': 'flac',
  'audio/mp4': 'mov',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'video/mp4': 'mov',
  'video/webm': 'matroska',
};

/** What phones record: one channel, 16 kHz, frames of 20 ms (iOS plays nothing else reliably). */
const OPUS = [
  ['-vn', '-map_metadata', '-1', '-ac', '1', '-ar', '16000'],
  ['-c:a', 'libopus', '-b:a', '24k', '-application', 'voip', '-frame_duration', '20'],
].flat();

const PCM = ['-vn', '-ac', '1', '-ar', '16000', '-f', 's16le', 'pipe:1'];

/**
 * Makes a voice note of a sound file, in place: Ogg/Opus, mono. What is that already stays as it is, also
 * where there is no converter; then only the drawing of its loudness is missing.
 */
export async function prepareVoice(
  file: string,
  mimetype: string,
  convert: Convert,
): Promise<Voice> {
  const read = ['-nostdin', '-v', 'error', '-f', READERS[mimetype] ?? 'ogg', '-i', `file:${file}`];
  const loudness = createLoudness();
  const existing = mimetype === 'audio/ogg' ? await opusInfo(file) : null;
  if (existing?.channels === 1) {
    await convert([...read, ...PCM], (chunk) => loudness.add(chunk));
    return ready(existing.seconds, loudness.waveform());
  }
  const made = `${file}.ogg`;
  const result = await convert(
    [...read, ...OPUS, '-f', 'ogg', '-y', `file:${made}`, ...PCM],
    (chunk) => loudness.add(chunk),
  );
  if (result.kind === 'done') {
    await rename(made, file);
    return ready((await opusInfo(file))?.seconds, loudness.waveform());
  }
  await rm(made, { force: true });
  return existing === null ? result : ready(existing.seconds, null);
}

function ready(seconds: number | undefined, waveform: Uint8Array | null): Voice {
  return {
    kind: 'ready',
    ...(seconds === undefined ? {} : { seconds }),
    ...(waveform === null ? {} : { waveform: Buffer.from(waveform).toString('base64') }),
  };
}
