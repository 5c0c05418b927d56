import { Agent } from 'node:https';
import { afterEach, expect, it } from 'vitest';
import { createSimulator, type Simulator } from '../../simulator/src/index.ts';
import { createLocalCertificates } from '../../simulator/src/media/certificates.ts';
import { Client } from './support/client.ts';

let simulator: Simulator | null = null;
let client: Client | null = null;

afterEach(async () => {
  await client?.stop();
  await simulator?.close();
});

it('lets clients connect by wss: when it is given a certificate', async () => {
  const { keyPem, certPem, caPem } = await createLocalCertificates(Date.now());
  simulator = await createSimulator({ tls: { key: keyPem, cert: certPem } });
  expect(simulator.url).toMatch(/^wss:/);
  client = new Client(simulator, { agent: new Agent({ ca: caPem }) }).start();
  const account = await simulator.scan(await client.qr());
  await client.open();
  expect(account.devices).toHaveLength(1);
  simulator.violations.assertNone();
});
