import { childNamed, childrenNamed, stanza } from '../../wire/stanza.ts';
import type { IqRoutes } from '../router.ts';

/** Settings shared by an account's devices, in named collections of encrypted patches. */
export const appStateRoutes: IqRoutes = {
  'w:sync:app:state set sync': (_world, _origin, iq) => ({
    content: [
      stanza(
        'sync',
        {},
        childrenNamed(childNamed(iq, 'sync'), 'collection').map(({ attrs }) =>
          stanza('collection', {
            name: attrs['name'],
            version: attrs['version'],
            has_more_patches: 'false',
          }),
        ),
      ),
    ],
  }),
};
