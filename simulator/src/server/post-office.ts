import type { Account, Device } from '../accounts/account.ts';
import { accountJid, deviceIds } from '../accounts/account.ts';
import { keyOf, type Letter, type LetterKey } from '../accounts/mailbox.ts';
import { SERVER, type Stanza, stanza } from '../wire/stanza.ts';
import type { FaultBoard } from './faults.ts';
import type { Ledger, LedgerEvent } from './ledger.ts';
import type { PhoneEndpoint } from './world.ts';

/** A line over which a logged-in device can be written to. */
export interface Line {
  send(node: Stanza): void;
}

export interface PostOfficeDeps {
  readonly ledger: Ledger;
  readonly faults: FaultBoard;
  phoneOf(account: Account): PhoneEndpoint;
}

/**
 * Store and forward. What is given to `deliver` stays in the device's mailbox until the client
 * confirms it; devices that are not connected, or not active yet, get it at their next login.
 */
export class PostOffice {
  readonly #deps: PostOfficeDeps;
  readonly #lines = new Map<Device, Line>();
  /** Messages that a fault holds back until another one has been written. */
  readonly #held = new Map<Device, Letter>();

  constructor(deps: PostOfficeDeps) {
    this.#deps = deps;
  }

  /** Delivers to one device; device 0 is the phone. Devices that do not exist (any more) are skipped. */
  deliver(account: Account, deviceId: number, node: Stanza): void {
    if (deviceId === 0) {
      this.#record('delivered', accountJid(account, 'pn'), node, null);
      this.#deps.phoneOf(account).receive(node);
      return;
    }
    const device = account.devices.get(deviceId);
    if (!device) return;
    const { letter, dropped } = device.mailbox.put(node);
    if (dropped) this.#record('dropped', nameOf(device), dropped.node, 'the mailbox is full');
    this.#record('queued', nameOf(device), node, null);
    const line = this.#lines.get(device);
    if (line) this.#writeLive(device, line, letter);
  }

  /** Delivers to all devices of an account, one stanza each. */
  deliverToAll(account: Account, build: (deviceId: number) => Stanza, exceptId = -1): void {
    for (const id of deviceIds(account)) {
      if (id !== exceptId) this.deliver(account, id, build(id));
    }
  }

  /** The client is ready: what waits is delivered, in order and marked as offline, then new stanzas flow. */
  connect(device: Device, line: Line): void {
    const waiting = device.mailbox.waiting();
    const count = (tag: string) =>
      String(waiting.filter((letter) => letter.node.tag === tag).length);
    line.send(
      stanza('ib', { from: SERVER }, [
        stanza('offline_preview', {
          count: String(waiting.length),
          message: count('message'),
          receipt: count('receipt'),
          notification: count('notification'),
          appdata: '0',
        }),
      ]),
    );
    waiting.forEach((letter, index) => this.#write(device, line, letter, index));
    line.send(
      stanza('ib', { from: SERVER }, [stanza('offline', { count: String(waiting.length) })]),
    );
    this.#held.delete(device);
    this.#lines.set(device, line);
  }

  /** The connection is gone. Another one that has taken over in the meantime stays. */
  disconnect(device: Device, line: Line): void {
    if (this.#lines.get(device) === line) this.#lines.delete(device);
  }

  isConnected(device: Device): boolean {
    return this.#lines.has(device);
  }

  /** Writes to a device past its mailbox: for what is worth nothing later, such as presence. */
  sendNow(device: Device, node: Stanza): void {
    this.#lines.get(device)?.send(node);
  }

  /** The client confirmed a stanza. `error` is the code when it said that it could not use it. */
  confirm(device: Device, key: LetterKey, error: string | null): Letter | null {
    const letter = device.mailbox.confirm(key);
    if (letter) {
      this.#record(error === null ? 'confirmed' : 'rejected', nameOf(device), letter.node, error);
    }
    return letter;
  }

  /** Empties the mailbox of a device that is being unlinked. */
  discard(device: Device): void {
    for (const { node } of device.mailbox.waiting()) {
      this.#record('dropped', nameOf(device), node, 'the device was unlinked');
    }
    device.mailbox.clear();
    this.#held.delete(device);
    this.#lines.delete(device);
  }

  #writeLive(device: Device, line: Line, letter: Letter): void {
    const { faults } = this.#deps;
    const { tag, attrs } = letter.node;
    const { phone } = device.account;
    if (tag !== 'message' || attrs['category'] === 'peer') {
      return this.#write(device, line, letter, null);
    }
    if (!this.#held.has(device) && faults.strike('reorder', phone)) {
      this.#held.set(device, letter);
      return;
    }
    this.#write(device, line, letter, null);
    if (faults.strike('duplicate', phone)) this.#write(device, line, letter, null);
    const held = this.#held.get(device);
    if (!held) return;
    this.#held.delete(device);
    this.#write(device, line, held, null);
  }

  #write(device: Device, line: Line, letter: Letter, offlineIndex: number | null): void {
    const { node } = letter;
    letter.deliveries += 1;
    this.#record(letter.deliveries === 1 ? 'delivered' : 'redelivered', nameOf(device), node, null);
    line.send(
      offlineIndex === null
        ? node
        : { ...node, attrs: { ...node.attrs, offline: String(offlineIndex) } },
    );
  }

  #record(event: LedgerEvent, device: string, node: Stanza, detail: string | null): void {
    const { tag, id, type } = keyOf(node);
    const peer = node.attrs['from'] ?? null;
    this.#deps.ledger.append({ event, device, tag, id, type: type ?? null, peer, detail });
  }
}

function nameOf(device: Device): string {
  return accountJid(device.account, 'pn', device.id);
}
