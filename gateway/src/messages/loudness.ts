/** WhatsApp draws a voice note as this many bars. */
const BARS = 64;

/** Samples per measurement: a tenth of a second at 16 kHz. */
const WINDOW = 1_600;

/** Half an hour; beyond it the drawing stays as it is. */
const MAX_WINDOWS = 18_000;

/** Collects how loud a sound is over time. */
export interface Loudness {
  /** Signed 16-bit little-endian samples, mono, 16 kHz, cut anywhere. */
  add(chunk: Uint8Array): void;
  /** 64 values of 0 to 100, the loudest 100; null when nothing came. */
  waveform(): Uint8Array | null;
}

/** Measures in one pass and in bounded memory. */
export function createLoudness(): Loudness {
  const windows: number[] = [];
  let rest = Buffer.alloc(0);
  let sum = 0;
  let count = 0;

  function close(): void {
    if (count > 0 && windows.length < MAX_WINDOWS) windows.push(Math.sqrt(sum / count));
    sum = 0;
    count = 0;
  }

  return {
    add(chunk) {
      const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      const whole = bytes.length - (bytes.length % 2);
      for (let at = 0; at < whole; at += 2) {
        sum += bytes.readInt16LE(at) ** 2;
        if (++count === WINDOW) close();
      }
      rest = bytes.subarray(whole);
    },
    waveform() {
      close();
      if (windows.length === 0) return null;
      const bars = Array.from({ length: BARS }, (_, bar) => meanOf(windows, bar));
      const loudest = Math.max(...bars);
      return Uint8Array.from(bars, (bar) =>
        loudest === 0 ? 0 : Math.round((bar / loudest) * 100),
      );
    },
  };
}

/** The mean of the windows under one bar; short sounds give several bars the same window. */
function meanOf(windows: readonly number[], bar: number): number {
  const from = Math.floor((bar * windows.length) / BARS);
  const to = Math.max(from + 1, Math.floor(((bar + 1) * windows.length) / BARS));
  const under = windows.slice(from, to);
  return under.reduce((total, value) => total + value, 0) / under.length;
}
