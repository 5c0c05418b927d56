import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  fastify,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { AccountHandle, GroupHandle } from '../handles.ts';
import type { Simulator } from '../simulator.ts';
import { Feed } from './feed.ts';
import { installGuard } from './guard.ts';
import { installPage } from './page.ts';
import { installProblems, Problem } from './problem.ts';
import { QrBook } from './qr-book.ts';
import { installReference } from './reference.ts';
import { accountRoutes, fateRoutes } from './routes/accounts.ts';
import { chatRoutes } from './routes/chats.ts';
import { deviceRoutes } from './routes/devices.ts';
import { faultRoutes, hardshipRoutes } from './routes/faults.ts';
import { groupRoutes, inviteRoutes, memberRoutes } from './routes/groups.ts';
import { ledgerRoutes, violationRoutes } from './routes/ledger.ts';
import { messageActionRoutes, messageRoutes, messageWaitRoutes } from './routes/messages.ts';
import { linkRoutes, pairingRoutes, qrRoutes } from './routes/pairing.ts';
import { upheavalRoutes, worldRoutes } from './routes/world.ts';
import { compileValidator } from './validation.ts';
import { Waits } from './waits.ts';

/** The app as routes see it: schemas in zod are both types and validation. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ControlOptions {
  readonly simulator: Simulator;
  readonly seed: number;
  /** Reached over the loopback only: names of other machines in `Host` are refused. */
  readonly isLocal: boolean;
}

/** What the routes share. */
export interface ControlDeps extends ControlOptions {
  readonly feed: Feed;
  readonly qrs: QrBook;
  readonly waits: Waits;
  /** Throws `account_not_found`. */
  readonly account: (number: string) => AccountHandle;
  /** Throws `group_not_found`. */
  readonly group: (jid: string) => GroupHandle;
}

/** The HTTP side of a simulator. */
export interface Control {
  /** Answers a request; to be given to the server that listens. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends streams and waits, and lets go of the simulator. */
  close(): Promise<void>;
}

/** JSON bodies beyond this are refused, but for those that carry files. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/** Wires the control API and the page to a simulator; listens to nothing itself. */
export async function createControl(options: ControlOptions): Promise<Control> {
  const { simulator } = options;
  const base = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: 256 },
    forceCloseConnections: true,
  });
  base.setValidatorCompiler(compileValidator);
  base.setSerializerCompiler(serializerCompiler);
  installProblems(base, simulator);
  installGuard(base, options.isLocal);
  const app = base.withTypeProvider<ZodTypeProvider>();
  await installReference(app);

  const qrs = new QrBook(simulator);
  const deps: ControlDeps = {
    ...options,
    qrs,
    feed: new Feed(simulator, qrs),
    waits: new Waits(),
    account(number) {
      const account = simulator.accounts.find(number);
      if (account) return account;
      throw new Problem(
        'account_not_found',
        `Nobody has "${number}". GET /api/accounts lists all.`,
      );
    },
    group(jid) {
      const group = simulator.groups.find(jid);
      if (group) return group;
      throw new Problem(
        'group_not_found',
        `There is no group "${jid}". GET /api/groups lists all.`,
      );
    },
  };
  for (const routes of ROUTES) routes(app, deps);
  await installPage(base);
  await base.ready();
  return {
    handle: (request, response) => base.routing(request, response),
    async close() {
      deps.feed.close();
      deps.waits.close();
      qrs.close();
      await base.close();
    },
  };
}

/** A group of routes. */
export type Routes = (app: App, deps: ControlDeps) => void;

/** The reference shows them in this order. */
const ROUTES: readonly Routes[] = [
  worldRoutes,
  upheavalRoutes,
  accountRoutes,
  fateRoutes,
  pairingRoutes,
  qrRoutes,
  linkRoutes,
  deviceRoutes,
  chatRoutes,
  messageRoutes,
  messageWaitRoutes,
  messageActionRoutes,
  groupRoutes,
  memberRoutes,
  inviteRoutes,
  faultRoutes,
  hardshipRoutes,
  ledgerRoutes,
  violationRoutes,
];
