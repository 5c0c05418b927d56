import { EVERY_WORKSPACE } from '../events/selection.ts';
import { DEFAULT_WORKSPACE } from '../http/workspace.ts';
import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { IdSource } from '../kernel/ids.ts';
import type { Random } from '../kernel/random.ts';
import type { Outbound } from '../net/outbound.ts';
import { attemptDelivery } from './attempt.ts';
import { healthy } from './breaker.ts';
import type { EndpointChange, EndpointInput } from './input.ts';
import { NO_MEDIA } from './media.ts';
import type { Enlisted, Roster } from './roster.ts';
import { newSecret } from './signature.ts';
import type { Attempt, Endpoint, WebhookStore } from './store.ts';

/** How many endpoints a workspace may have: each costs a worker and, per event, a delivery. */
export const MAX_ENDPOINTS = 100;

/**
 * Managing the endpoints of a workspace. Methods reject with a `Problem`: `endpoint_not_found`,
 * `endpoint_read_only` for those set by environment, `url_not_allowed`, `too_many_endpoints`.
 */
export interface Endpoints {
  list(workspaceId: string): readonly Enlisted[];
  find(workspaceId: string, endpointId: string): Enlisted;
  /** The only time that the secret is shown. */
  create(workspaceId: string, input: EndpointInput): Promise<Enlisted & { secret: string }>;
  /** A new URL, and switching on, also forget failures and make what waits due at once. */
  update(workspaceId: string, endpointId: string, change: EndpointChange): Promise<Enlisted>;
  /** Removes the endpoint with its deliveries; attempts under way are given up. */
  remove(workspaceId: string, endpointId: string): Promise<void>;
  /** Replaces the secret; the old one signs as well for `overlapMs`. */
  rotateSecret(
    workspaceId: string,
    endpointId: string,
    how: { readonly secret?: string | undefined; readonly overlapMs: number },
  ): Promise<Enlisted & { secret: string }>;
  /** Sends a `webhook.test` at once, whatever the endpoint's state, and tells how it went. */
  test(workspaceId: string, endpointId: string): Promise<Attempt>;
}

export interface EndpointsDeps {
  readonly roster: Roster;
  readonly store: Pick<WebhookStore, 'saveEndpoint' | 'saveHealth' | 'hasten' | 'removeEndpoint'>;
  readonly outbound: Pick<Outbound, 'request' | 'inspect'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
}

export function createEndpoints(deps: EndpointsDeps): Endpoints {
  const { roster, store, outbound, clock, random, ids } = deps;

  /** The operator's own endpoints hear every workspace, so only the operator's workspace sees them. */
  const visible = (workspaceId: string) =>
    workspaceId === DEFAULT_WORKSPACE
      ? [...roster.of(EVERY_WORKSPACE), ...roster.of(workspaceId)]
      : roster.of(workspaceId);

  function find(workspaceId: string, endpointId: string): Enlisted {
    const found = visible(workspaceId).find(({ endpoint }) => endpoint.id === endpointId);
    if (!found) {
      throw new Problem('endpoint_not_found', `There is no endpoint ${endpointId}.`);
    }
    return found;
  }

  function findOwn(workspaceId: string, endpointId: string): Enlisted {
    const found = find(workspaceId, endpointId);
    if (found.endpoint.workspaceId === EVERY_WORKSPACE) {
      throw new Problem(
        'endpoint_read_only',
        'Change it where the service gets its environment: WEBHOOK_URL, WEBHOOK_STATUS_URL.',
      );
    }
    return found;
  }

  async function checkUrl(url: string): Promise<void> {
    const reason = await outbound.inspect(url);
    if (reason === null) return;
    throw new Problem(
      'url_not_allowed',
      `The URL cannot be used: ${reason}. Hosts of your own network must be listed in OUTBOUND_ALLOW.`,
      [{ field: '/url', message: reason }],
    );
  }

  async function save(endpoint: Endpoint, anew: boolean): Promise<Enlisted> {
    await store.saveEndpoint(endpoint);
    const health = anew ? healthy(endpoint.id) : undefined;
    if (health) {
      await store.saveHealth(health);
      await store.hasten(endpoint.id, clock.now());
    }
    roster.put(endpoint, health);
    return find(endpoint.workspaceId, endpoint.id);
  }

  return {
    list: visible,
    find,
    async create(workspaceId, input) {
      if (roster.of(workspaceId).length >= MAX_ENDPOINTS) {
        throw new Problem('too_many_endpoints', `Remove one; ${MAX_ENDPOINTS} is the limit.`);
      }
      await checkUrl(input.url);
      const secret = input.secret ?? newSecret(random);
      const endpoint = newEndpoint(ids(), workspaceId, { ...input, secret }, clock.now());
      return { ...(await save(endpoint, false)), secret };
    },
    async update(workspaceId, endpointId, change) {
      findOwn(workspaceId, endpointId);
      if (change.url !== undefined) await checkUrl(change.url);
      // Read again: somebody may have changed it during the look at the URL.
      const { endpoint } = findOwn(workspaceId, endpointId);
      return save(changed(endpoint, change), change.url !== undefined || change.active === true);
    },
    async remove(workspaceId, endpointId) {
      findOwn(workspaceId, endpointId);
      await roster.drop(endpointId);
      await store.removeEndpoint(endpointId);
    },
    async rotateSecret(workspaceId, endpointId, how) {
      const { endpoint } = findOwn(workspaceId, endpointId);
      const secret = how.secret ?? newSecret(random);
      const previousSecret =
        endpoint.secret !== null && how.overlapMs > 0
          ? { secret: endpoint.secret, untilMs: clock.now() + how.overlapMs }
          : null;
      const settings = { ...endpoint.settings, previousSecret };
      return { ...(await save({ ...endpoint, secret, settings }, false)), secret };
    },
    test: async (workspaceId, endpointId) =>
      sendTest(deps, find(workspaceId, endpointId).endpoint, workspaceId),
  };
}

async function sendTest(
  { outbound, clock, ids }: EndpointsDeps,
  endpoint: Endpoint,
  workspaceId: string,
): Promise<Attempt> {
  const event = {
    id: ids(),
    event: 'webhook.test',
    workspaceId,
    sessionId: '',
    timestampMs: clock.now(),
    data: { endpointId: endpoint.id, text: 'This is a test.' },
  };
  const deps = { request: outbound.request, media: NO_MEDIA, clock };
  const { attempt } = await attemptDelivery(deps, endpoint, { id: ids(), event }, 1);
  return attempt;
}

function newEndpoint(
  id: string,
  workspaceId: string,
  input: EndpointInput & { readonly secret: string },
  nowMs: number,
): Endpoint {
  const { url, events, secret, auth, active, ...settings } = input;
  return {
    id,
    workspaceId,
    url,
    form: 'standard',
    events,
    secret,
    active,
    createdAtMs: nowMs,
    ...authOf(auth, { ...settings, bearerToken: null, previousSecret: null }),
  };
}

function changed(endpoint: Endpoint, change: EndpointChange): Endpoint {
  const { url, events, active, auth, ...rest } = change;
  const settings = { ...endpoint.settings, ...defined(rest) };
  return {
    ...endpoint,
    ...defined({ url, events, active }),
    ...(auth === undefined ? { settings } : authOf(auth, settings)),
  };
}

function authOf(
  auth: EndpointInput['auth'],
  settings: Endpoint['settings'],
): Pick<Endpoint, 'basicAuth' | 'settings'> {
  switch (auth?.type) {
    case undefined:
      return { basicAuth: null, settings: { ...settings, bearerToken: null } };
    case 'basic':
      return {
        basicAuth: { user: auth.user, password: auth.password },
        settings: { ...settings, bearerToken: null },
      };
    case 'bearer':
      return { basicAuth: null, settings: { ...settings, bearerToken: auth.token } };
  }
}

/** Drops fields that are absent, so that spreading them changes nothing. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
