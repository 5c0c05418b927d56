import { ConnectFailure } from './connector.ts';

/**
 * What failed on the way through a proxy: its address is none we may reach (`guard`), its name has no
 * address (`name`), it does not answer (`connection`), TLS with it fails (`tls`), it speaks
 * another protocol (`protocol`), it does not know us (`credentials`), or it does not lead where we want
 * to go (`target`).
 */
export type ProxyStep =
  | 'guard'
  | 'name'
  | 'connection'
  | 'tls'
  | 'protocol'
  | 'credentials'
  | 'target';

/** Why there is no connection through a proxy. The message names neither its address nor credentials. */
export class ProxyFailure extends ConnectFailure {
  readonly step: ProxyStep;
  /** Clients of sockets tell failures of the network from others by such a code. */
  readonly code = 'EPROXY';

  constructor(step: ProxyStep, message: string, options?: ErrorOptions) {
    super(step === 'guard' ? 'guard' : 'connect', `the proxy: ${message}`, options);
    this.step = step;
  }
}
