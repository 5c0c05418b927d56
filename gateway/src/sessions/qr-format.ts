export type QrFormat = 'png' | 'svg' | 'text' | 'json';

const FORMATS: Readonly<Record<string, QrFormat>> = {
  'image/png': 'png',
  'image/*': 'png',
  '*/*': 'png',
  'text/html': 'png',
  'image/svg+xml': 'svg',
  'text/plain': 'text',
  'application/json': 'json',
};

/**
 * The form in which a QR code is shown: the type that `Accept` weighs most; at equal weight PNG, then
 * the order of the header. A browser's address bar and its `<img>` both get PNG.
 */
export function pickQrFormat(accept: string | undefined): QrFormat {
  let best: { format: QrFormat; weight: number } = { format: 'png', weight: 0 };
  for (const part of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const format = FORMATS[type];
    if (!format) continue;
    const weight = weightOf(parameters);
    const wins = weight > best.weight || (weight === best.weight && format === 'png');
    if (wins && weight > 0) best = { format, weight };
  }
  return best.format;
}

function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = given ? Number(given.slice(2)) : 1;
  return Number.isFinite(weight) ? Math.min(1, Math.max(0, weight)) : 0;
}
