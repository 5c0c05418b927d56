import type { EndpointSettings } from './store.ts';

/** A receiver has ten seconds, and an endpoint at most this many attempts at a time. */
export const DEFAULT_SETTINGS: EndpointSettings = {
  name: null,
  sessions: null,
  ignoreChats: [],
  headers: {},
  bearerToken: null,
  previousSecret: null,
  hubSignature: false,
  ordering: 'chat',
  timeoutMs: 10_000,
  retryDelaysMs: null,
  ratePerSecond: null,
  concurrency: 32,
  media: { mode: 'link', maxInlineBytes: 1024 * 1024 },
  join: null,
};
