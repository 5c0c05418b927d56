import { type BinaryNode, jidDecode, type LIDMapping } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { nextTurn } from '../../kernel/next-turn.ts';
import { ArrivalOrder } from './arrival-order.ts';
import type { Arrivals } from './arrivals.ts';
import type { SealedPayload } from './decryption.ts';
import { type OwnAddresses, readEnvelope } from './envelope.ts';
import type { Next } from './gate.ts';
import { isPhoneServer, signalAddress } from './jid.ts';
import { payloadNodes } from './journal.ts';
import type { LidMapping } from './lid-mapping.ts';
import { StorageFailure } from './records.ts';
import type { SignalRepository } from './signal-repository.ts';

export interface ReadAheadDeps {
  readonly arrivals: Pick<Arrivals, 'remember' | 'keepPlain'>;
  readonly repository: Pick<SignalRepository, 'decryptAhead' | 'isAhead' | 'isComplete'>;
  readonly lidMapping: Pick<LidMapping, 'storeLIDPNMappings'>;
  readonly own: () => OwnAddresses;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Stanzas that are decrypted and committed in one go. */
const BATCH = 64;
/** Payloads in the library's hands; more are handed over as it is done with earlier ones. */
const IN_HAND = 256;
/** The library may drop a payload without asking for it; after this long without a sign it has. */
const PATIENCE_MS = 10_000;
/** Stanzas that wait here before the socket is no longer read, and how few before it is again. */
const BACKLOG_LIMIT = 1_000;
const BACKLOG_LOW = 250;

interface Waiting {
  readonly stanza: BinaryNode;
  readonly sealed: readonly SealedPayload[];
  readonly settle: (next: Next) => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Decrypts messages before the library takes them up. The library works on one message at a time, and
 * a plaintext costs a commit: one by one, a device could take in no more messages per second than the
 * disk can sync. What arrived while the last batch was being written is decrypted and committed as the
 * next one, in the order of arrival. What somebody else wrote needs a receipt then and nothing more, and
 * the library never sees it: its way through a message costs more than all of ours. The rest it finds
 * decrypted.
 *
 * At most 256 payloads are in the library's hands and 1,000 stanzas wait; beyond that the socket is not
 * read until fewer do, and WhatsApp waits.
 */
export class ReadAhead {
  /** Called with true when too many wait, and with false when few do again. */
  onBacklog: (isTooLong: boolean) => void = () => undefined;
  /** Called with messages that are on disk and need nothing more than a receipt, in order. */
  onComplete: (stanzas: readonly BinaryNode[]) => void = () => undefined;
  readonly #deps: ReadAheadDeps;
  readonly #order: ArrivalOrder;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #isStopped = false;
  #isTooLong = false;
  #inHand = 0;
  #roomMade: () => void = () => undefined;

  constructor(deps: ReadAheadDeps) {
    this.#deps = deps;
    this.#order = new ArrivalOrder(deps.clock);
  }

  /**
   * To be called with each `<message>` as it arrives. Once fulfilled, the library may have it (`pass`), or
   * need not, because only the receipt is left (`done`). Rejects with `StorageFailure`: then nothing of it
   * was kept, and nothing may be confirmed.
   */
  async arrived(stanza: BinaryNode): Promise<Next> {
    this.#deps.arrivals.remember(stanza);
    const sealed = sealedPayloads(stanza);
    const next = await new Promise<Next>((settle, refuse) => {
      if (this.#isStopped) refuse(new Error('stopped'));
      this.#waiting.push({ stanza, sealed, settle, refuse });
      this.#running ??= this.#run().finally(() => {
        this.#running = null;
      });
      this.#watchBacklog();
    });
    if (next === 'done') return next;
    const { repository } = this.#deps;
    const isOpen = sealed.every(({ ciphertext }) => repository.isAhead(ciphertext));
    if (!isOpen) await this.#order.enter(stanza);
    return next;
  }

  /** Whether messages wait to be decrypted. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** The library has asked for a payload and got its answer. */
  left(ciphertext: Uint8Array): void {
    this.#order.left(ciphertext);
    this.#inHand = Math.max(0, this.#inHand - 1);
    this.#roomMade();
  }

  /** Finishes the batch at work; stanzas that wait are left to be delivered again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0 && !this.#isStopped) {
        const batch = this.#waiting.slice(0, BATCH);
        await this.#open(batch);
        this.#waiting = this.#waiting.slice(batch.length);
        this.#watchBacklog();
        await recorded();
        await this.#handOver(batch);
      }
      this.#refuseAll(new Error('stopped'));
    } catch (error) {
      this.#refuseAll(error);
    }
  }

  /** Lets what is complete be confirmed, and the library have the rest as it has room. */
  async #handOver(batch: readonly Waiting[]): Promise<void> {
    const complete = new Set(batch.filter((one) => this.#isComplete(one)));
    this.onComplete([...complete].map(({ stanza }) => stanza));
    for (const one of batch) {
      if (complete.has(one)) {
        one.settle('done');
        continue;
      }
      if (this.#inHand >= IN_HAND && !this.#isStopped) await this.#room();
      this.#inHand += one.sealed.length;
      one.settle('pass');
    }
  }

  /** Whether every payload was decrypted, is on disk, and needs the library for nothing. */
  #isComplete({ stanza, sealed }: Waiting): boolean {
    if (sealed.length === 0 || sealed.length < payloadNodes(stanza).length) return false;
    return sealed.every(({ ciphertext }) => this.#deps.repository.isComplete(ciphertext));
  }

  #refuseAll(error: unknown): void {
    const refused = this.#waiting;
    this.#waiting = [];
    for (const { refuse } of refused) refuse(error);
  }

  async #open(batch: readonly Waiting[]): Promise<void> {
    const { lidMapping, repository, arrivals, logger } = this.#deps;
    try {
      await lidMapping.storeLIDPNMappings(batch.flatMap(({ stanza }) => this.#people(stanza)));
      await repository.decryptAhead(batch.flatMap(({ sealed }) => sealed));
    } catch (error) {
      if (error instanceof StorageFailure) throw error;
      // The library will meet with the same, and knows what to answer.
      logger.warn({ err: error }, 'messages could not be read ahead');
    }
    for (const { stanza } of batch) await arrivals.keepPlain(stanza);
  }

  /** Who is named by both addresses: their session may stand under either. */
  #people(stanza: BinaryNode): LIDMapping[] {
    const envelope = readEnvelope(stanza, this.#deps.own());
    if (!envelope) return [];
    const { chat, chatAlt, participant, participantAlt } = envelope;
    return [pairOf(chat, chatAlt), pairOf(participant, participantAlt)].filter(
      (pair) => pair !== null,
    );
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#deps.clock.after(PATIENCE_MS, () => {
        this.#inHand = 0;
        resolve();
      });
      this.#roomMade = () => {
        if (this.#inHand >= IN_HAND) return;
        this.#roomMade = () => undefined;
        timer.cancel();
        resolve();
      };
    });
  }

  #watchBacklog(): void {
    const length = this.#waiting.length;
    const isTooLong = this.#isTooLong ? length > BACKLOG_LOW : length > BACKLOG_LIMIT;
    if (isTooLong === this.#isTooLong) return;
    this.#isTooLong = isTooLong;
    this.onBacklog(isTooLong);
  }
}

/**
 * Two turns of the loop, in the first of which what was just decrypted is recorded. All that is left to do
 * for a message is to tell WhatsApp: its webhook goes first.
 */
async function recorded(): Promise<void> {
  await nextTurn();
  await nextTurn();
}

/** The payloads of a stanza that are encrypted by Signal. */
function sealedPayloads(stanza: BinaryNode): SealedPayload[] {
  const { from, participant } = stanza.attrs;
  const author = participant ?? from;
  if (!from || !author || !isDevice(author)) return [];
  return payloadNodes(stanza).flatMap((node): SealedPayload[] => {
    const { content: ciphertext, attrs } = node;
    if (node.tag !== 'enc' || !(ciphertext instanceof Uint8Array)) return [];
    switch (attrs.type) {
      case 'pkmsg':
      case 'msg':
        return [{ kind: 'direct', author, type: attrs.type, ciphertext }];
      case 'skmsg':
        return participant ? [{ kind: 'group', group: from, author, ciphertext }] : [];
      default:
        return [];
    }
  });
}

function isDevice(jid: string): boolean {
  try {
    signalAddress(jid);
    return true;
  } catch {
    return false;
  }
}

function pairOf(one: string | null, other: string | null): LIDMapping | null {
  if (!one || !other) return null;
  const isPhone = isPhoneServer(jidDecode(one)?.server ?? '');
  return isPhone ? { pn: one, lid: other } : { pn: other, lid: one };
}
