import { accountJid } from '../../accounts/account.ts';
import { childNamed, childrenOf, stanza, textOf } from '../../wire/stanza.ts';
import type { IqRoutes } from '../router.ts';

/** What an account keeps at the server about itself: privacy, blocked people, "about". */
export const accountRoutes: IqRoutes = {
  'blocklist get': (world, origin) => ({
    content: [
      stanza(
        'list',
        {},
        [...origin.account.blocked].map((lid) => {
          const account = world.directory.find(`${lid}@lid`);
          return stanza('item', {
            jid: `${lid}@lid`,
            pn_jid: account ? accountJid(account, 'pn') : undefined,
          });
        }),
      ),
    ],
  }),
  'privacy get privacy': (_world, origin) => ({
    content: [
      stanza(
        'privacy',
        {},
        [...origin.account.privacy].map(([name, value]) => stanza('category', { name, value })),
      ),
    ],
  }),
  'privacy set privacy': (_world, origin, iq) => {
    const changed = childrenOf(childNamed(iq, 'privacy'));
    for (const { attrs } of changed) {
      if (attrs['name'] && attrs['value'])
        origin.account.privacy.set(attrs['name'], attrs['value']);
    }
    return { content: [stanza('privacy', {}, changed)] };
  },
  'privacy set tokens': () => ({ content: [stanza('tokens')] }),
  'status set status': (world, origin, iq) => {
    const text = textOf(childNamed(iq, 'status'));
    origin.account.about = { text, setAtMs: world.clock.now() };
    return {};
  },
};
