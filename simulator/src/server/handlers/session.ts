import { SERVER, stanza } from '../../wire/stanza.ts';
import type { IqRoutes, StanzaRoutes } from '../router.ts';

/** Switches of the real server that clients read; only those whose meaning is known. */
const PROPS: readonly (readonly [string, string])[] = [
  // Attach trusted-contact tokens to 1:1 messages, and to questions for profile pictures.
  ['10518', '1'],
  ['9666', '1'],
  // Issue those tokens to the LID rather than to the phone number.
  ['14303', '0'],
];

/** The questions of a client that has just logged in, and its signs of life. */
export const sessionRoutes: IqRoutes = {
  'w:p get ping': () => ({}),
  'w:p get': () => ({}),
  'passive set passive': () => ({}),
  'urn:xmpp:whatsapp:dirty set clean': () => ({}),
  'w:stats  add': () => ({}),
  'w:stats set add': () => ({}),
  'abt get props': () => ({
    content: [
      stanza(
        'props',
        { protocol: '1', ab_key: 'sim', hash: 'sim1', refresh: '86400' },
        PROPS.map(([code, value]) => stanza('prop', { config_code: code, config_value: value })),
      ),
    ],
  }),
};

const IB_CHILDREN = new Set(['unified_session', 'offline_batch', 'offline', 'dirty']);

export const infoRoutes: StanzaRoutes = {
  ib(world, origin, node) {
    for (const child of Array.isArray(node.content) ? node.content : []) {
      if (IB_CHILDREN.has(child.tag)) continue;
      const text = `nobody knows <ib><${child.tag}>`;
      world.violations.report('unknown-stanza', `${origin.account.phone}${SERVER}`, text);
    }
  },
};
