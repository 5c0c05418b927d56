import { parseJid } from '../accounts/jid.ts';
import { bundleNodes, readBundle } from '../server/bundles.ts';
import type { PreKeyBundle, UndecryptableError } from '../signal/port.ts';
import { childNamed, type Stanza, stanza } from '../wire/stanza.ts';
import { sessionAddress } from './cipher.ts';
import type { PhoneParts } from './phone.ts';
import type { PhoneSender } from './sender.ts';

/** Clients give up on a message after so many tries, on both sides. */
const MAX_TRIES = 5;
/** Messages under repair at once; older ones are given up. */
const MAX_WATCHED = 1000;

/** Repairs broken sessions: asks for messages that could not be read, and sends others' again. */
export class Retries {
  readonly #parts: PhoneParts;
  readonly #sender: PhoneSender;
  readonly #asked = new Map<string, number>();
  readonly #answered = new Map<string, number>();

  constructor(parts: PhoneParts, sender: PhoneSender) {
    this.#parts = parts;
    this.#sender = sender;
  }

  /** Asks the sender's device for a message that could not be read. */
  ask(node: Stanza, sender: string, error: UndecryptableError): void {
    const { id = '', from = '', participant, recipient, t } = node.attrs;
    const { records, cipher, world, habits } = this.#parts;
    records.events.emit('undecryptable', { id, sender, reason: error.reason });
    const isExpected = error.reason === 'no-session' || cipher.isForgiven(sender);
    if (!isExpected) {
      world.violations.report('undecryptable', sender, `message ${id}: ${error.message}`);
    }
    const count = bump(this.#asked, `${id} ${sender}`);
    if (count > MAX_TRIES || !habits.asksForRetries) return;
    const { party } = cipher;
    const registration = Buffer.alloc(4);
    registration.writeUInt32BE(party.registrationId);
    const content = [
      stanza('retry', { count: String(count), id, t, v: '1', error: '0' }),
      stanza('registration', {}, registration),
    ];
    if (count > 1 || error.reason === 'no-session') {
      const [, ...keys] = bundleNodes(party.takeBundle());
      content.push(stanza('keys', {}, keys));
    }
    this.#sender.submit(
      stanza('receipt', { id, type: 'retry', to: from, participant, recipient, t }, content),
    );
  }

  succeeded(id: string, sender: string): void {
    this.#asked.delete(`${id} ${sender}`);
    this.#parts.cipher.unforgive(sender);
  }

  /** A device could not read a message of ours: it gets it again, in a new session. */
  async answer(node: Stanza): Promise<void> {
    const { id = '', from = '', participant } = node.attrs;
    const { records, world, cipher, habits } = this.#parts;
    const requester = parseJid(participant ?? from);
    const account = requester && world.directory.find(requester);
    const sent = records.findSent(id);
    if (!requester || !account || !sent || !habits.answersRetries) return;
    const count = Number(childNamed(node, 'retry')?.attrs['count'] ?? 1);
    const tries = bump(this.#answered, `${id} ${participant ?? from}`);
    if (tries > MAX_TRIES) return;
    const address = sessionAddress(account, requester.device);
    const bundle = readBundle(node);
    if (!bundle) cipher.party.dropSession(address);
    else if (!(await this.#startAnew(address, bundle, participant ?? from))) return;
    await this.#sender.resend(sent, account, requester.device, count);
  }

  async #startAnew(address: string, bundle: PreKeyBundle, requester: string): Promise<boolean> {
    try {
      await this.#parts.cipher.party.startSession(address, bundle);
      return true;
    } catch (error) {
      const text = `the keys in a retry receipt are not usable: ${String(error)}`;
      this.#parts.world.violations.report('pre-key-signature', requester, text);
      return false;
    }
  }

  /** When the phone's keys are new, what was under repair cannot be repaired any more. */
  forget(): void {
    this.#asked.clear();
    this.#answered.clear();
  }
}

function bump(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  if (counts.size > MAX_WATCHED) {
    const oldest = counts.keys().next().value;
    if (oldest !== undefined) counts.delete(oldest);
  }
  return count;
}
