/** Beyond this a picture is made smaller first: a QR code needs no more, and decoding takes long. */
const MAX_SIDE_PX = 1600;

/** The text of the QR code in a picture; null when there is none to be found. */
export async function readQr(picture: Blob): Promise<string | null> {
  // Only who scans pictures loads the decoder.
  const { default: decode } = await import('jsqr');
  const bitmap = await createImageBitmap(picture);
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) return null;
  // Transparent pictures count as black on white.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return decode(context.getImageData(0, 0, width, height).data, width, height)?.data ?? null;
}
