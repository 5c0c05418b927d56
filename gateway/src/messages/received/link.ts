import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SessionKey } from '../../sessions/store.ts';

/** What a link opens. */
export interface LinkTarget {
  readonly key: SessionKey;
  readonly messageId: string;
}

/** Makes and reads links that work without a key for a while. */
export interface MediaLinks {
  /** The part of the URL that proves the right to read. */
  sign(target: LinkTarget, expiresAtMs: number): string;
  /** What a token opens; null when it is forged or over. */
  read(token: string, nowMs: number): LinkTarget | null;
}

/** Tokens are `<payload>.<mac>`, both base64url; the payload names session, message and end. */
export function createMediaLinks(secret: Uint8Array): MediaLinks {
  const macOf = (payload: string) => createHmac('sha256', secret).update(payload).digest();
  return {
    sign({ key, messageId }, expiresAtMs) {
      const payload = Buffer.from(JSON.stringify([key, messageId, expiresAtMs])).toString(
        'base64url',
      );
      return `${payload}.${macOf(payload).toString('base64url')}`;
    },
    read(token, nowMs) {
      const [payload = '', mac = ''] = token.split('.');
      const given = Buffer.from(mac, 'base64url');
      const right = macOf(payload);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
      const [key, messageId, expiresAtMs] = JSON.parse(
        Buffer.from(payload, 'base64url').toString(),
      );
      return expiresAtMs > nowMs ? { key, messageId } : null;
    },
  };
}
