import { Problem } from '../kernel/errors.ts';
import type { ProxyFailure } from '../net/proxy-failure.ts';
import { readProxyUrl } from '../net/proxy-url.ts';
import type { ProxyStore } from './proxy-store.ts';
import type { SessionState } from './state.ts';
import type { Sessions } from './supervisor.ts';

export interface ProxiesDeps {
  readonly store: ProxyStore;
  readonly sessions: Pick<Sessions, 'create' | 'resolve' | 'restart'>;
  /** Makes one connection to WhatsApp through the proxy; null when that works. */
  readonly probe: (url: string) => Promise<ProxyFailure | null>;
}

/** The proxies of the sessions. URLs that come out of here are masked. */
export interface Proxies {
  /** Null when the session has none. Throws `session_not_found`. */
  get(workspaceId: string, id: string): Promise<string | null>;
  /**
   * Tries the proxy and keeps it; a session that is new is made, and one that is connected, or about to
   * be, connects anew through it. Answers the URL. Throws `invalid_proxy`, `url_not_allowed`,
   * `proxy_unreachable` or `proxy_refused`, and nothing has changed then.
   */
  set(workspaceId: string, id: string, url: string): Promise<string>;
  /** Takes the straight way from now on. Throws `session_not_found`. */
  remove(workspaceId: string, id: string): Promise<void>;
}

export function createProxies({ store, sessions, probe }: ProxiesDeps): Proxies {
  /** Nobody waits for the new connection: its state tells how it goes. */
  async function reconnect(workspaceId: string, id: string): Promise<void> {
    if (!isMeantToConnect(sessions.resolve(workspaceId, id).state)) return;
    await sessions.restart(workspaceId, id, 0);
  }

  return {
    async get(workspaceId, id) {
      const url = await store.load(sessions.resolve(workspaceId, id).record.key);
      return url === null ? null : masked(url);
    },
    async set(workspaceId, id, url) {
      const shown = masked(url);
      const failure = await probe(url);
      if (failure) throw asProblem(failure);
      const { key } = (await sessions.create(workspaceId, id)).record;
      if ((await store.load(key)) === url) return shown;
      await store.save(key, url);
      await reconnect(workspaceId, id);
      return shown;
    },
    async remove(workspaceId, id) {
      const { key } = sessions.resolve(workspaceId, id).record;
      if ((await store.load(key)) === null) return;
      await store.remove(key);
      await reconnect(workspaceId, id);
    },
  };
}

function masked(url: string): string {
  const read = readProxyUrl(url);
  if (read.ok) return read.proxy.masked;
  throw new Problem('invalid_proxy', `The proxy cannot be used: ${read.reason}.`, [
    { field: '/url', message: 'must look like socks5://user:password@proxy.example:1080' },
  ]);
}

function isMeantToConnect({ name }: SessionState): boolean {
  switch (name) {
    case 'connecting':
    case 'qr':
    case 'pairing':
    case 'open':
    case 'degraded':
    case 'waiting_retry':
      return true;
    case 'stopped':
    case 'logged_out':
    case 'replaced':
    case 'forbidden':
    case 'auth_corrupt':
      return false;
  }
}

const ADVICE = {
  guard: ['url_not_allowed', 'Hosts of your own network must be listed in OUTBOUND_ALLOW.'],
  name: ['proxy_unreachable', 'Check the host in the URL.'],
  connection: ['proxy_unreachable', 'Check host and port, and that the proxy runs.'],
  tls: [
    'proxy_refused',
    'Check whether it is an https proxy, and whether its certificate is valid for that host (NODE_EXTRA_CA_CERTS adds authorities).',
  ],
  protocol: ['proxy_refused', 'Check whether it is an http, https or socks5 proxy, and its port.'],
  credentials: [
    'proxy_refused',
    'Check user and password; special characters are percent-encoded.',
  ],
  target: ['proxy_refused', 'It has to allow connections to WhatsApp (web.whatsapp.com:443).'],
} as const;

function asProblem({ step, message }: ProxyFailure): Problem {
  const [code, advice] = ADVICE[step];
  return new Problem(code, `What failed: ${step}. ${message}. ${advice} Nothing was changed.`, [
    { field: '/url', message },
  ]);
}
