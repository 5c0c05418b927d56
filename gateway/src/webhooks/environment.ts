import { EVERY_WORKSPACE } from '../events/selection.ts';
import { CLASSIC_NAMES } from './classic.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import type { Endpoint } from './store.ts';

/** `WEBHOOK_URL` and its companions. */
export interface EnvironmentWebhooks {
  readonly messagesUrl: string | null;
  readonly statusUrl: string | null;
  readonly user: string;
  readonly password: string;
}

/** Ids of the environment's endpoints; no saved endpoint has an id of this form. */
const ENVIRONMENT_IDS = { messages: 'environment-messages', status: 'environment-status' };

/**
 * The endpoints that the operator set by environment. They are never saved, cannot be changed by the
 * API, hear every workspace, and may lie on this very machine.
 */
export function environmentEndpoints(environment: EnvironmentWebhooks): readonly Endpoint[] {
  const { messagesUrl, statusUrl, user, password } = environment;
  const basicAuth = user === '' && password === '' ? null : { user, password };
  const endpoint = (
    id: string,
    url: string,
    name: string,
    events: readonly string[],
  ): Endpoint => ({
    id,
    workspaceId: EVERY_WORKSPACE,
    url,
    form: 'classic',
    events,
    secret: null,
    basicAuth,
    active: true,
    createdAtMs: 0,
    settings: { ...DEFAULT_SETTINGS, name },
  });
  const names = Object.keys(CLASSIC_NAMES);
  const ofSessions = names.filter((name) => name.startsWith('session.'));
  const ofMessages = names.filter((name) => name.startsWith('message.'));
  return [
    ...(messagesUrl === null
      ? []
      : [endpoint(ENVIRONMENT_IDS.messages, messagesUrl, 'WEBHOOK_URL', ofMessages)]),
    ...(statusUrl === null
      ? []
      : [endpoint(ENVIRONMENT_IDS.status, statusUrl, 'WEBHOOK_STATUS_URL', ofSessions)]),
  ];
}
