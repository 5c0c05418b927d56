/** What of a file goes into the message, as far as a browser can tell. */
export interface FileFacts {
  readonly base64: string;
  readonly seconds?: number;
  readonly width?: number;
  readonly height?: number;
  /** 64 values from 0 to 100, as base64. */
  readonly waveform?: string;
}

/** Which kind of content a file becomes. */
export function contentTypeOf(
  mimetype: string,
  as: 'media' | 'voice' | 'document',
): 'image' | 'video' | 'audio' | 'document' {
  if (as === 'document') return 'document';
  if (as === 'voice') return 'audio';
  if (/^image\/(jpeg|png|webp|gif)$/.test(mimetype)) return 'image';
  if (mimetype.startsWith('video/')) return 'video';
  return mimetype.startsWith('audio/') ? 'audio' : 'document';
}

/** The content that carries a file, as the control API takes it. */
export function fileContent(
  file: { readonly name: string; readonly type: string },
  as: 'media' | 'voice' | 'document',
  { base64, ...facts }: FileFacts,
  caption: string,
): { readonly type: string } & Readonly<Record<string, unknown>> {
  const type = contentTypeOf(file.type, as);
  const { waveform, seconds, width, height } = facts;
  const common = {
    type,
    media: { base64 },
    ...(file.type ? { mimetype: file.type } : {}),
    ...(caption && type !== 'audio' ? { caption } : {}),
  };
  switch (type) {
    case 'audio':
      return {
        ...common,
        voice: as === 'voice',
        ...(seconds === undefined ? {} : { seconds }),
        ...(waveform === undefined ? {} : { waveform }),
      };
    case 'document':
      return { ...common, fileName: file.name };
    case 'image':
      return { ...common, ...dimensionsOf(width, height) };
    case 'video':
      return {
        ...common,
        ...dimensionsOf(width, height),
        ...(seconds === undefined ? {} : { seconds }),
      };
  }
}

function dimensionsOf(width?: number, height?: number): { width?: number; height?: number } {
  return width && height ? { width, height } : {};
}

/** Loudness in 64 steps from 0 to 100, as voice notes show it; `samples` are from -1 to 1. */
export function waveformOf(samples: Float32Array): Uint8Array {
  const bars = 64;
  const perBar = Math.max(1, Math.floor(samples.length / bars));
  const levels = Array.from({ length: bars }, (_, bar) => {
    let sum = 0;
    for (let index = bar * perBar; index < (bar + 1) * perBar; index++) {
      sum += Math.abs(samples[index] ?? 0);
    }
    return sum / perBar;
  });
  const loudest = Math.max(...levels, 1e-6);
  return Uint8Array.from(levels, (level) => Math.round((level / loudest) * 100));
}

/** `1.4 MB` */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
