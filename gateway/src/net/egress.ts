import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { NetConnectOpts, Socket, TcpNetConnectOpts } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { callbackify } from 'node:util';
import { Agent } from 'undici';
import type { Clock } from '../kernel/clock.ts';
import { parseAllowList } from './allow-list.ts';
import { createConnector, type Resolve, resolveBySystem } from './connector.ts';
import { createDownload, type Download } from './download.ts';
import { createExchange } from './exchange.ts';
import { readProxyUrl } from './proxy-url.ts';
import { createTunnel, type Target, type Tunnel } from './tunnel.ts';

/** A way out through one proxy, for everything that is to seem to come from there. */
export interface Egress {
  /** For sockets and requests of Node's own clients, of `https` and `wss` where `secure`, else in the clear. */
  agent(secure: boolean): HttpAgent;
  /** For `fetch`. */
  readonly dispatcher: Agent;
  readonly download: Download;
  /** Opens one connection and closes it. Rejects with `ProxyFailure`. */
  probe(target: Target): Promise<void>;
  /** Ends downloads; sockets that others hold stay with them. */
  close(): Promise<void>;
}

/** What ways out through proxies may reach. */
export interface EgressOptions {
  /** `OUTBOUND_ALLOW`: where inside the operator's own network proxies may stand. */
  readonly allow: readonly string[];
  /** Addresses that are no public ones and may be asked for through a proxy. */
  readonly targets: readonly string[];
  readonly clock: Clock;
  /** Replaces the system's resolver in tests. */
  readonly resolve?: Resolve;
}

/** Downloads at once through one proxy; more wait in line. */
const CONNECTIONS_PER_ORIGIN = 8;

/** Makes ways out for proxy URLs. Opening one throws a RangeError for a URL that `readProxyUrl` refuses. */
export function createEgressOpener(options: EgressOptions): (url: string) => Egress {
  const { clock, resolve = resolveBySystem } = options;
  const allow = parseAllowList(options.allow);
  const targets = parseAllowList(options.targets);
  return (url) => {
    const read = readProxyUrl(url);
    if (!read.ok) throw new RangeError(`the proxy cannot be used: ${read.reason}`);
    const tunnel = createTunnel(read.proxy, { allow, resolve, clock });
    const dispatcher = new Agent({
      connect: createConnector(targets, resolve, tunnel),
      connections: CONNECTIONS_PER_ORIGIN,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const agents = { plain: agentOver(tunnel, false), secure: agentOver(tunnel, true) };
    return {
      agent: (secure) => (secure ? agents.secure : agents.plain),
      dispatcher,
      download: createDownload(
        createExchange({ guarded: dispatcher, trusting: dispatcher }),
        clock,
      ),
      probe: async (target) => void (await tunnel(target)).destroy(),
      close: () => dispatcher.destroy(),
    };
  };
}

/** An agent of Node whose connections go through the tunnel. */
function agentOver(tunnel: Tunnel, secure: boolean): HttpAgent {
  const agent = secure ? new HttpsAgent() : new HttpAgent();
  const open = callbackify(async (options: NetConnectOpts & ConnectionOptions) => {
    const { host = 'localhost', port } = options as TcpNetConnectOpts;
    const socket = await tunnel({ host, port });
    return secure ? connectTls({ ...options, socket }) : socket;
  });
  return Object.assign(agent, {
    createConnection(
      options: NetConnectOpts & ConnectionOptions,
      done: (error: Error | null, socket?: Socket) => void,
    ): void {
      open(options, done);
    },
  });
}
