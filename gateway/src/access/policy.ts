import { addressKind, parseAddress } from '../net/address.ts';

/** Who gets in without a key. */
export type AccessMode =
  /** Nobody. */
  | 'strict'
  /** Programs on the machine itself (see `locality`). */
  | 'local'
  /** Everybody. */
  | 'off';

/** What the operator set, as far as it decides who gets in without a key. */
export interface AccessSettings {
  /** `AUTH`. */
  readonly auth: 'auto' | 'strict' | 'off';
  /** `AUTH_OFF_I_UNDERSTAND`. */
  readonly offUnderstood: boolean;
  /** Whether `API_KEY` is set. */
  readonly hasApiKey: boolean;
  readonly production: boolean;
  /** The address to listen on. */
  readonly host: string;
}

/** Who gets in without a key; not ok: the service must not start, and `reason` tells the operator why. */
export type AccessPolicy =
  | { readonly ok: true; readonly mode: AccessMode; readonly warning: string | null }
  | { readonly ok: false; readonly reason: string };

/**
 * Decides at start who gets in without a key. `off` is refused where others could reach the service,
 * and in production, unless the operator says in so many words that this is understood.
 */
export function decidePolicy(settings: AccessSettings): AccessPolicy {
  const isExposed = settings.production || !isLoopback(settings.host);
  switch (settings.auth) {
    case 'off':
      if (isExposed && !settings.offUnderstood) {
        return {
          ok: false,
          reason:
            'AUTH=off lets everybody who can reach this address use all numbers. Set HOST=127.0.0.1, ' +
            'or AUTH_OFF_I_UNDERSTAND=1 if something in front of the gateway checks who calls.',
        };
      }
      return {
        ok: true,
        mode: 'off',
        warning: 'AUTH=off: every request is taken for the operator, no key is asked for',
      };
    case 'strict':
      return { ok: true, mode: 'strict', warning: null };
    case 'auto':
      if (settings.production || settings.hasApiKey) {
        return { ok: true, mode: 'strict', warning: null };
      }
      return {
        ok: true,
        mode: 'local',
        warning:
          'requests from this machine to localhost need no key; all others do. AUTH=strict, API_KEY or NODE_ENV=production ends that',
      };
  }
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const address = parseAddress(host);
  return address !== null && addressKind(address) === 'loopback';
}
