import { Agent } from 'undici';
import type { Clock } from '../kernel/clock.ts';
import { type AllowList, parseAllowList } from './allow-list.ts';
import { createConnector, type Resolve, resolveBySystem } from './connector.ts';
import { createDownload, type Download } from './download.ts';
import { createExchange } from './exchange.ts';
import { createInspect, type Inspect } from './inspect.ts';
import { createRequest, type Request } from './request.ts';

/** The one way out: every URL that anybody gave us is requested through here. */
export interface Outbound {
  readonly request: Request;
  readonly download: Download;
  readonly inspect: Inspect;
  /** Ends every connection; requests under way, and later ones, fail with stage `aborted`. */
  close(): Promise<void>;
}

/** What direct requests may reach beside public addresses. */
export interface OutboundOptions {
  /** `OUTBOUND_ALLOW`: hosts and networks inside the operator's own network. */
  readonly allow: readonly string[];
  readonly clock: Clock;
  /** Replaces the system's resolver in tests. */
  readonly resolve?: Resolve;
}

/** Connections to one origin at most; requests beyond wait in line, within their own deadline. */
const CONNECTIONS_PER_ORIGIN = 128;

/** Longer than the pause between two bursts of a chat, shorter than the 5 s after which Node servers hang up. */
const KEEP_ALIVE_MS = 4_000;

/** Makes the guarded client. Throws a RangeError for an entry of `allow` that cannot be read. */
export function createOutbound(options: OutboundOptions): Outbound {
  const resolve = options.resolve ?? resolveBySystem;
  const allow = parseAllowList(options.allow);
  const guarded = createAgent(allow, resolve);
  const trusting = createAgent(null, resolve);
  const exchange = createExchange({ guarded, trusting });
  return {
    request: createRequest(exchange, options.clock),
    download: createDownload(exchange, options.clock),
    inspect: createInspect(allow, resolve, options.clock),
    close: async () => {
      await Promise.all([guarded.destroy(), trusting.destroy()]);
    },
  };
}

function createAgent(allow: AllowList | null, resolve: Resolve): Agent {
  return new Agent({
    connect: createConnector(allow, resolve),
    connections: CONNECTIONS_PER_ORIGIN,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The deadline of each request covers all of its phases; undici's own timers would only add cost.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}
