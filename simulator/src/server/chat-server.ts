import { type Account, accountJid, type Device } from '../accounts/account.ts';
import { secondsText } from '../kernel/clock.ts';
import type { ClientHello, ConnectionEvents, WireConnection } from '../wire/connection.ts';
import { childNamed, childrenOf, describe, SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import type { Fault, FaultKind } from './faults.ts';
import type { LinkCodeDesk } from './link-code-desk.ts';
import type { Candidate } from './pairing-desk.ts';
import type { Router } from './router.ts';
import { deviceName, type Origin, type World } from './world.ts';

/** A logged-in device on its connection. */
interface DeviceSession extends Origin {
  readonly device: Device;
  readonly connection: WireConnection;
  /** The client said `active`: it is ready for messages. */
  active: boolean;
}

type Client =
  | { readonly kind: 'candidate'; readonly candidate: Candidate; readonly id: string }
  | { readonly kind: 'device'; readonly session: DeviceSession };

export interface ChatServerDeps {
  readonly world: World;
  readonly router: Router;
  readonly linkCodes: LinkCodeDesk;
}

/** What a client may say before it has an account. */
const CANDIDATE_CHATTER = new Set(['ib', 'presence', 'ack']);

/** Takes clients from the handshake to the router: registration or login, then stanzas. */
export class ChatServer implements ConnectionEvents {
  readonly #deps: ChatServerDeps;
  readonly #clients = new Map<WireConnection, Client>();
  readonly #sessions = new Map<Device, DeviceSession>();

  constructor(deps: ChatServerDeps) {
    this.#deps = deps;
    deps.world.faults.onChange((fault) => this.#strike(fault));
  }

  /** The connection of a device that is logged in. */
  connectionOf(device: Device): WireConnection | null {
    return this.#sessions.get(device)?.connection ?? null;
  }

  connections(): WireConnection[] {
    return [...this.#clients.keys()];
  }

  ready(connection: WireConnection, hello: ClientHello): void {
    const { payload } = hello;
    if (payload.devicePairingData) return this.#admit(connection, hello);
    const account = this.#deps.world.directory.find(`${String(payload.username)}@s.whatsapp.net`);
    const device = account?.devices.get(payload.device ?? 0) ?? null;
    const isOwner = device !== null && Buffer.from(device.noiseKey).equals(hello.clientKey);
    const refusal = this.#refusal(hello, device?.account ?? null) ?? (isOwner ? null : 401);
    if (refusal !== null || !device) return refuse(connection, refusal ?? 401);
    this.#logIn(connection, device);
    const { faults } = this.#deps.world;
    const failure = faults.strike('stream-error', device.account.phone);
    if (failure) this.kick(device, streamError(failure.code));
  }

  received(connection: WireConnection, node: Stanza): void {
    const client = this.#clients.get(connection);
    if (client?.kind === 'candidate') this.#receiveFromCandidate(client.candidate, client.id, node);
    if (client?.kind !== 'device') return;
    const { session } = client;
    // What an unlinked device still had on its way is nobody's any more.
    if (session.account.devices.get(session.deviceId) !== session.device) return;
    this.#route(session, node);
  }

  #route(session: DeviceSession, node: Stanza): void {
    try {
      this.#deps.router.route(session, node);
    } catch (error) {
      // A fault of ours must not look like one of the client's, nor cost it the connection.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const name = deviceName(session.device);
      this.#deps.world.violations.report('simulator', name, `${describe(node)}: ${text}`);
    }
  }

  broken(connection: WireConnection, detail: string): void {
    const client = this.#clients.get(connection);
    const name = client?.kind === 'device' ? deviceName(client.session.device) : null;
    this.#deps.world.violations.report('wire', name, detail);
  }

  closed(connection: WireConnection): void {
    const client = this.#clients.get(connection);
    this.#clients.delete(connection);
    if (client?.kind === 'candidate') {
      this.#deps.world.pairing.dismiss(client.candidate);
      this.#deps.linkCodes.dismiss(client.candidate);
      this.#deps.world.events.emit('pairing.left', { ref: client.id });
    }
    if (client?.kind !== 'device') return;
    const { device } = client.session;
    const { world } = this.#deps;
    world.post.disconnect(device, connection);
    if (this.#sessions.get(device) !== client.session) return;
    this.#sessions.delete(device);
    device.lastSeenMs = world.clock.now();
    world.events.emit('device.offline', { device });
  }

  /** The client asked for its messages: what waited comes first, then everything new. */
  activate(device: Device): void {
    const session = this.#sessions.get(device);
    if (!session || session.active) return;
    session.active = true;
    const { world } = this.#deps;
    world.post.connect(device, session.connection);
    world.events.emit('device.online', { device });
    if (device.greeted) return;
    device.greeted = true;
    world.phoneOf(device.account).greet(device);
  }

  /** Ends a device's connection with a stream error. */
  kick(device: Device, error: Stanza): void {
    const session = this.#sessions.get(device);
    if (!session) return;
    session.connection.send(error);
    session.connection.close();
  }

  #admit(connection: WireConnection, hello: ClientHello): void {
    const { world } = this.#deps;
    const data = hello.payload.devicePairingData;
    const pushName = hello.payload.pushName || null;
    const line = {
      send: (node: Stanza) => connection.send(node),
      close: () => connection.close(),
    };
    const refusal = this.#refusal(hello, null);
    if (refusal !== null) return refuse(connection, refusal);
    const candidate = data
      ? world.pairing.admit(data, { clientKey: hello.clientKey, pushName }, line)
      : null;
    if (!candidate) return refuse(connection, 400);
    const id = candidate.refs[0] ?? '';
    this.#clients.set(connection, { kind: 'candidate', candidate, id });
    this.#condition(connection);
    world.events.emit('pairing.waiting', { ref: id, pushName });
  }

  #logIn(connection: WireConnection, device: Device): void {
    const { world } = this.#deps;
    this.kick(device, streamError(440));
    const session: DeviceSession = {
      account: device.account,
      deviceId: device.id,
      device,
      connection,
      active: false,
      reply: (node) => connection.send(node),
      drop: () => connection.drop(),
    };
    this.#clients.set(connection, { kind: 'device', session });
    this.#sessions.set(device, session);
    this.#condition(connection);
    connection.send(
      stanza('success', {
        t: secondsText(world.clock),
        location: 'sim',
        lid: accountJid(device.account, 'lid', device.id),
        display_name: device.account.name,
      }),
    );
    connection.send(
      stanza('ib', { from: SERVER }, [
        stanza('edge_routing', {}, [stanza('routing_info', {}, world.random.bytes(8))]),
      ]),
    );
  }

  #refusal({ payload }: ClientHello, account: Account | null): number | null {
    const { faults, standings } = this.#deps.world;
    const phone = account?.phone ?? null;
    const revision = payload.userAgent?.appVersion?.tertiary ?? 0;
    if (faults.strike('refuse-version', phone, ({ below }) => revision < below)) return 405;
    const fault = faults.strike('refuse-login', phone);
    if (fault) return fault.code;
    return account && standings.isBanned(account) ? 403 : null;
  }

  /** A fault was switched on or off: those about lines and streams concern open connections. */
  #strike(fault: Fault): void {
    if (!LINE_FAULTS.has(fault.kind)) return;
    for (const connection of this.#clients.keys()) this.#condition(connection);
    if (fault.kind !== 'stream-error') return;
    for (const { device } of this.#sessions.values()) {
      const failure = this.#deps.world.faults.strike('stream-error', device.account.phone);
      if (failure) this.kick(device, streamError(failure.code));
    }
  }

  #condition(connection: WireConnection): void {
    const client = this.#clients.get(connection);
    const phone = client?.kind === 'device' ? client.session.account.phone : null;
    const { faults } = this.#deps.world;
    const latency = faults.peek('latency', phone);
    connection.setLine({
      latencyMs: latency?.latencyMs ?? 0,
      jitterMs: latency?.jitterMs ?? 0,
      silent: faults.strike('silent-line', phone) !== null,
      dropAfterBytes: faults.strike('drop-after-bytes', phone)?.bytes ?? null,
    });
  }

  #receiveFromCandidate(candidate: Candidate, id: string, node: Stanza): void {
    const { world, linkCodes } = this.#deps;
    const { type, xmlns } = node.attrs;
    if (node.tag === 'iq' && type === 'result') {
      world.pairing.answered(node);
      return;
    }
    if (CANDIDATE_CHATTER.has(node.tag)) return;
    if (node.tag === 'iq' && xmlns === 'w:p') {
      candidate.send(stanza('iq', { type: 'result', id: node.attrs['id'], from: SERVER }));
      return;
    }
    const registration = childNamed(node, 'link_code_companion_reg');
    if (node.tag === 'iq' && registration) return linkCodes.receive(candidate, node, registration);
    world.violations.report(
      'unknown-stanza',
      null,
      `an unpaired client (${id}) sent ${describe(node)}: ${childrenOf(node).length} children`,
    );
  }
}

const LINE_FAULTS = new Set<FaultKind>([
  'latency',
  'silent-line',
  'drop-after-bytes',
  'stream-error',
]);

/** 440 is told as a conflict; the others by their code. */
function streamError(code: number): Stanza {
  if (code === 440) return stanza('stream:error', {}, [stanza('conflict', { type: 'replaced' })]);
  if (code !== 401) return stanza('stream:error', { code: String(code) });
  return stanza('stream:error', { code: '401' }, [stanza('conflict', { type: 'device_removed' })]);
}

function refuse(connection: WireConnection, reason: number): void {
  connection.send(stanza('failure', { reason: String(reason), location: 'sim' }));
  connection.close();
}
