import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { createLocalCertificates } from './certificates.ts';

it('makes authorities that can be trusted together', async () => {
  const both = await Promise.all([1, 2].map(() => createLocalCertificates(Date.now())));
  const ca = both.map(({ caPem }) => caPem).join('');
  for (const { certPem, keyPem } of both) {
    const server = createServer({ cert: certPem, key: keyPem }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect({ host: '127.0.0.1', port, ca });
    await once(client, 'secureConnect');
    expect(client.authorized).toBe(true);
    client.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});
