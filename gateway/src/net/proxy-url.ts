/** A proxy as its URL describes it. */
export interface ProxyUrl {
  readonly scheme: 'http' | 'https' | 'socks5';
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** For people: the same URL without the password. */
  readonly masked: string;
}

/** `reason` never repeats the URL, which may hold a password. */
export type ReadProxyUrl =
  | { readonly ok: true; readonly proxy: ProxyUrl }
  | { readonly ok: false; readonly reason: string };

const MAX_LENGTH = 2_048;
const DEFAULT_PORTS = { http: 80, https: 443, socks5: 1_080 } as const;
/** SOCKS5 states the length of user and password in one byte each (RFC 1929). */
const MAX_CREDENTIAL_BYTES = 255;

/**
 * Reads `http://user:password@host:port`, `https://...` and `socks5://...` (`socks5h://` means the same:
 * names are always left to the proxy). User and password are percent-encoded. Nothing may follow the port.
 */
export function readProxyUrl(text: string): ReadProxyUrl {
  if (text.length > MAX_LENGTH) return refuse(`it is longer than ${MAX_LENGTH} characters`);
  if (!URL.canParse(text)) return refuse('it is not a URL');
  const { protocol, port } = new URL(text);
  const scheme = schemeOf(protocol);
  if (scheme === null) return refuse('only http, https and socks5 are possible');
  // Only for schemes that it knows does the parser check hosts and bring them into their one form.
  const http = text.replace(/^\s*socks5h?:/i, 'http:');
  if (!URL.canParse(http)) return refuse('its host is none');
  const url = new URL(http);
  if (url.hostname === '') return refuse('it names no host');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return refuse('nothing may follow the port');
  }
  const credentials = credentialsOf(url);
  if (typeof credentials === 'string') return refuse(credentials);
  const number = port === '' ? DEFAULT_PORTS[scheme] : Number(port);
  if (number === 0) return refuse('its port is none');
  const shown = credentials ? `${url.username}:***@` : '';
  return {
    ok: true,
    proxy: {
      scheme,
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: number,
      credentials,
      masked: `${scheme}://${shown}${url.hostname}:${number}`,
    },
  };
}

function schemeOf(protocol: string): ProxyUrl['scheme'] | null {
  switch (protocol) {
    case 'http:':
      return 'http';
    case 'https:':
      return 'https';
    case 'socks5:':
    case 'socks5h:':
      return 'socks5';
    default:
      return null;
  }
}

/** The credentials, null when there are none, or what is wrong with them. */
function credentialsOf({ username, password }: URL): ProxyUrl['credentials'] | string {
  if (username === '' && password === '') return null;
  try {
    const read = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    const tooLong = Object.values(read).some(
      (value) => Buffer.byteLength(value) > MAX_CREDENTIAL_BYTES,
    );
    return tooLong ? `user and password have ${MAX_CREDENTIAL_BYTES} bytes at most` : read;
  } catch {
    return 'user or password are not percent-encoded';
  }
}

const refuse = (reason: string): ReadProxyUrl => ({ ok: false, reason });
