import type { Config } from '../config/config.ts';
import { createEgressOpener, type Egress } from '../net/egress.ts';
import { ProxyFailure } from '../net/proxy-failure.ts';
import { createEgresses, type Egresses } from '../sessions/egresses.ts';
import { createProxies, type Proxies } from '../sessions/proxies.ts';
import type { Sessions } from '../sessions/supervisor.ts';
import type { Storage } from '../storage/port.ts';
import { clock } from './system.ts';

/** The proxies of sessions, and the ways out that are made of them. */
export function composeEgress(
  storage: Storage,
  config: Config,
): { readonly egresses: Egresses<Egress>; readonly proxies: (sessions: Sessions) => Proxies } {
  const open = createEgressOpener({
    allow: config.outboundAllow,
    targets: simulatorNetworks(config),
    clock,
  });
  const { hostname, protocol, port } = new URL(config.whatsapp.url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const whatsapp = { host, port: Number(port) || (protocol === 'wss:' ? 443 : 80) };

  async function probe(url: string): Promise<ProxyFailure | null> {
    const egress = open(url);
    try {
      await egress.probe(whatsapp);
      return null;
    } catch (error) {
      if (error instanceof ProxyFailure) return error;
      throw error;
    } finally {
      await egress.close();
    }
  }

  return {
    egresses: createEgresses(storage.proxies, open),
    proxies: (sessions) => createProxies({ store: storage.proxies, sessions, probe }),
  };
}

/** A simulator's media server is on this machine, where nobody else may lead us. */
export function simulatorNetworks({ whatsapp }: Config): readonly string[] {
  return whatsapp.simulated ? ['127.0.0.0/8'] : [];
}
