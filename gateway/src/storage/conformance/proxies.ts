import { describe, expect, it } from 'vitest';
import { type MakeVessel, useWorld } from './harness.ts';
import { nothing } from './samples.ts';

/** The contract of `ProxyStore`. */
export function describeProxyStore(make: MakeVessel): void {
  describe('proxies', () => {
    const world = useWorld(make);
    const url = 'socks5://user:secret@proxy.example:1080';

    it('keeps one per session, also across a restart, and replaces it', async () => {
      const [key, other] = [await world().session('shop'), await world().session('other')];
      await world().storage.proxies.save(key, 'http://old.example:80');
      await world().storage.proxies.save(key, url);
      await world().reopen();
      expect(await world().storage.proxies.load(key)).toBe(url);
      expect(await world().storage.proxies.load(other)).toBeNull();
    });

    it('forgets it when told to, and with its session', async () => {
      const { proxies, sessions } = world().storage;
      const key = await world().session();
      await proxies.save(key, url);
      await proxies.remove(key);
      await proxies.remove(key);
      expect(await proxies.load(key)).toBeNull();
      await proxies.save(key, url);
      await sessions.remove(key, nothing);
      expect(await proxies.load(key)).toBeNull();
    });

    it('takes none for a session that is gone', async () => {
      await expect(world().storage.proxies.save(404, url)).rejects.toMatchObject({
        code: 'session_not_found',
      });
    });
  });
}
