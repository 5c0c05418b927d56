import { contentTypeOf, type FileFacts, waveformOf } from '../model/files.ts';

/** Reads a file and what the browser can tell about it. Nothing leaves the page. */
export async function readFile(
  file: File,
  as: 'media' | 'voice' | 'document',
  url: string,
): Promise<FileFacts> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const base64 = toBase64(bytes);
  switch (contentTypeOf(file.type, as)) {
    case 'image':
      return { base64, ...(await imageSize(url)) };
    case 'video':
      return { base64, ...(await videoFacts(url)) };
    case 'audio':
      return { base64, ...(await audioFacts(bytes)) };
    case 'document':
      return { base64 };
  }
}

/** In pieces: a spread of a whole file would overflow the stack. */
function toBase64(bytes: Uint8Array): string {
  const PIECE = 0x8000;
  let text = '';
  for (let start = 0; start < bytes.length; start += PIECE) {
    text += String.fromCharCode(...bytes.subarray(start, start + PIECE));
  }
  return btoa(text);
}

function imageSize(url: string): Promise<Pick<FileFacts, 'width' | 'height'>> {
  return new Promise((resolve) => {
    const image = new Image();
    image.addEventListener('load', () =>
      resolve({ width: image.naturalWidth, height: image.naturalHeight }),
    );
    image.addEventListener('error', () => resolve({}));
    image.src = url;
  });
}

function videoFacts(url: string): Promise<Omit<FileFacts, 'base64'>> {
  return new Promise((resolve) => {
    const video = document.createElement('video');
    video.preload = 'metadata';
    video.addEventListener('loadedmetadata', () =>
      resolve({
        width: video.videoWidth,
        height: video.videoHeight,
        ...(Number.isFinite(video.duration) ? { seconds: Math.round(video.duration) } : {}),
      }),
    );
    video.addEventListener('error', () => resolve({}));
    video.src = url;
  });
}

/** What the browser cannot decode goes out without length and waveform. */
async function audioFacts(bytes: Uint8Array): Promise<Pick<FileFacts, 'seconds' | 'waveform'>> {
  const context = new AudioContext();
  try {
    const audio = await context.decodeAudioData(new Uint8Array(bytes).buffer);
    return {
      seconds: Math.max(1, Math.round(audio.duration)),
      waveform: toBase64(waveformOf(audio.getChannelData(0))),
    };
  } catch {
    return {};
  } finally {
    await context.close();
  }
}
