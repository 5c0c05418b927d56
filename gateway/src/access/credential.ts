/** What a request shows as proof of who makes it. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly text: string }
  /** Something was sent that cannot be a key; `why` is a sentence for people. */
  | { readonly kind: 'malformed'; readonly why: string };

/** A key of the operator's own choice may be long, but not longer than this. */
const MAX_KEY_LENGTH = 512;

/**
 * Reads `Authorization: Bearer <key>` and `X-Api-Key: <key>`; both may be there if they agree. Never
 * reads a key from the URL, where logs and histories would keep it.
 */
export function readCredential(
  authorization: string | undefined,
  apiKey: string | undefined,
): Credential {
  const bearer = authorization === undefined ? null : fromAuthorization(authorization);
  if (bearer?.kind === 'malformed') return bearer;
  const plain = apiKey === undefined ? null : fromText(apiKey);
  if (plain?.kind === 'malformed') return plain;
  if (bearer?.kind === 'key' && plain?.kind === 'key' && bearer.text !== plain.text) {
    return { kind: 'malformed', why: 'Authorization and X-Api-Key carry different keys.' };
  }
  return bearer ?? plain ?? { kind: 'none' };
}

function fromAuthorization(header: string): Credential {
  const match = /^Bearer +(\S+) *$/i.exec(header);
  return match?.[1] === undefined
    ? { kind: 'malformed', why: 'Write the header as "Authorization: Bearer <key>".' }
    : fromText(match[1]);
}

function fromText(text: string): Credential {
  if (text.length > 0 && text.length <= MAX_KEY_LENGTH) return { kind: 'key', text };
  return { kind: 'malformed', why: `A key has 1 to ${MAX_KEY_LENGTH} characters.` };
}
