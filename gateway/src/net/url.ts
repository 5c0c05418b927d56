/** A URL in the form in which it will be requested, or why it will not be. */
export type CheckedUrl =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly reason: string };

/** Longer ones are refused; no server we know of takes more. */
const MAX_URL_LENGTH = 8192;

/**
 * What can be said of a URL without looking at the network: http or https, no user information (it
 * would travel to whoever a name resolves to, and hides the real host from readers), not overlong.
 */
export function checkUrl(text: string): CheckedUrl {
  if (text.length > MAX_URL_LENGTH) return refuse(`it is longer than ${MAX_URL_LENGTH} characters`);
  if (!URL.canParse(text)) return refuse('it is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refuse('only http and https are allowed');
  }
  if (url.username !== '' || url.password !== '') return refuse('it must not hold a user name');
  url.hash = '';
  return { ok: true, url };
}

function refuse(reason: string): CheckedUrl {
  return { ok: false, reason };
}
