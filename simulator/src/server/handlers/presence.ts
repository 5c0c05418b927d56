import type { StanzaRoutes } from '../router.ts';

/** Who is online and who is typing. */
export const presenceRoutes: StanzaRoutes = {
  presence: () => undefined,
  chatstate: () => undefined,
};
