import { stanza } from '../../wire/stanza.ts';
import type { IqRoutes } from '../router.ts';

/** As on the real server: clients keep the answer for a few minutes. */
const TTL_S = 300;
const MAX_BYTES = 100 * 1024 * 1024;

/** Where to upload and download media, and with which token. */
export const mediaRoutes: IqRoutes = {
  'w:m set media_conn': (world) => ({
    content: [
      stanza('media_conn', { auth: world.media.auth, ttl: String(TTL_S), auth_ttl: '21600' }, [
        stanza('host', {
          hostname: world.media.host,
          type: 'primary',
          maxContentLengthBytes: String(MAX_BYTES),
        }),
      ]),
    ],
  }),
};
