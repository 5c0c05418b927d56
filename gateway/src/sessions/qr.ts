import { toBuffer, toDataURL, toString as toText } from 'qrcode';

/** Error correction and margin that phone cameras read from a screen at arm's length. */
const LOOK = { errorCorrectionLevel: 'M', margin: 2, scale: 8 } as const;

/** The QR text as a PNG data URL. */
export function qrDataUrl(text: string): Promise<string> {
  return toDataURL(text, LOOK);
}

/** The QR text as PNG bytes. */
export function qrPng(text: string): Promise<Buffer> {
  return toBuffer(text, LOOK);
}

/** The QR text as an SVG document. */
export function qrSvg(text: string): Promise<string> {
  return toText(text, { ...LOOK, type: 'svg' });
}

/** The QR text drawn with block characters, for terminals. */
export function qrTerminal(text: string): Promise<string> {
  return toText(text, { type: 'utf8', errorCorrectionLevel: 'L', margin: 1 });
}
