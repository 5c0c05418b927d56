import {
  type AccountHandle,
  createSimulator,
  type Simulator,
  type SimulatorOptions,
} from '@whatsapp-gateway/simulator';
import { GatewayProcess, OPERATOR_KEY } from './gateway-process.ts';

/** A simulated world and the shipped service in it, with one number linked as session `shop`. */
export interface PairedGateway {
  readonly simulator: Simulator;
  readonly gateway: GatewayProcess;
  /** The account behind the session. */
  readonly shop: AccountHandle;
  close(): Promise<void>;
}

/** Starts both and links the number; more phones are made, and things done on them, by `prepare`, before that. */
export async function startPairedGateway(
  options: SimulatorOptions = {},
  env: Record<string, string> = {},
  prepare: (simulator: Simulator, shop: AccountHandle) => void | Promise<void> = () => {},
): Promise<PairedGateway> {
  const simulator = await createSimulator({ seed: 11, ...options });
  const shop = simulator.accounts.create({ phone: '15550001000', name: 'The shop' });
  await prepare(simulator, shop);
  const gateway = await GatewayProcess.prepare(simulator, env);
  await gateway.start();
  const { body } = await gateway.call('POST', '/sessions/shop/start');
  await shop.phone.scan(String(body['qr']));
  await gateway.waitForStatus('shop', 'open');
  return {
    simulator,
    gateway,
    shop,
    async close() {
      await gateway.dispose();
      await simulator.close();
    },
  };
}

/** A request whose answer is a file. */
export async function fetchFile(gateway: GatewayProcess, path: string) {
  const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
  const response = await fetch(`${gateway.url}${path}`, { headers });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}
