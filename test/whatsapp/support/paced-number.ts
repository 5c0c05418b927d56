import { createEvents } from '../../../gateway/src/events/events.ts';
import { createIdSource } from '../../../gateway/src/kernel/ids.ts';
import { silentLogger as logger } from '../../../gateway/src/kernel/logger.ts';
import { seededRandom } from '../../../gateway/src/kernel/random.ts';
import type { VirtualClock } from '../../../gateway/src/kernel/virtual-clock.ts';
import type { Outbox } from '../../../gateway/src/outbox/contract.ts';
import { createOutbox } from '../../../gateway/src/outbox/outbox.ts';
import type { PacingPolicy } from '../../../gateway/src/outbox/pacing/policy.ts';
import type { SessionRecord } from '../../../gateway/src/sessions/store.ts';
import type { AccountHandle } from '../../../simulator/src/index.ts';
import type { Harness } from './harness.ts';
import type { TestDevice } from './test-device.ts';

/**
 * A linked number with the gateway's own outbox, its storage and its WhatsApp adapter, on a clock that
 * moves only between sends. What is sent goes over the real protocol; days pass in seconds.
 */
export class PacedNumber {
  readonly account: AccountHandle;
  readonly #clock: VirtualClock;
  readonly #harness: Harness;
  readonly #device: TestDevice;
  readonly #session: SessionRecord;
  readonly #outbox: Outbox;
  /** Sends between their last look and their end in storage. */
  #underWay = 0;

  private constructor(
    harness: Harness,
    clock: VirtualClock,
    device: TestDevice,
    session: SessionRecord,
    policy: PacingPolicy,
  ) {
    if (!device.account) throw new Error('the device is not paired');
    this.account = device.account;
    this.#harness = harness;
    this.#clock = clock;
    this.#device = device;
    this.#session = session;
    const random = seededRandom(11);
    const { storage } = harness;
    this.#outbox = createOutbox({
      store: storage.outbox,
      pacing: storage.pacing,
      sessions: {
        connectionOf: () => (this.#isOpen ? device.connection : null),
        recordOf: () => session,
      },
      events: createEvents({
        store: storage.events,
        clock,
        ids: createIdSource(clock, random),
        endpoints: () => [],
      }),
      admit: async (_, { chatId }) => {
        this.#underWay++;
        return { to: chatId };
      },
      release: async () => {
        this.#underWay--;
      },
      defaultPolicy: policy,
      clock,
      random,
      logger,
    });
    device.onRestriction = (signal) => void this.#outbox.restricted(session, signal);
  }

  static async link(
    harness: Harness,
    clock: VirtualClock,
    policy: PacingPolicy,
  ): Promise<PacedNumber> {
    const device = await harness.pairedDevice('fresh');
    const record = (await harness.storage.sessions.all()).find(({ id }) => id === 'fresh');
    if (!record) throw new Error('the session was not kept');
    return new PacedNumber(
      harness,
      clock,
      device,
      { ...record, phone: device.account?.number ?? null, createdAtMs: clock.now() },
      policy,
    );
  }

  /** Accepts a text and does not wait for it. */
  async enqueue(to: AccountHandle, text: string): Promise<void> {
    await this.#outbox.send(
      this.#session,
      {
        chatId: to.jid,
        senderId: this.account.jid,
        content: { type: 'text', text },
        data: (messageId) => ({ messageId, text }),
      },
      0,
    );
  }

  /**
   * Lets time pass, never while a message is between its last look and its answer. Ends early when the
   * server cuts the number off.
   */
  async live(untilMs: number): Promise<void> {
    for (;;) {
      await this.#quiet();
      if (!this.#isOpen) return;
      const nextMs = this.#clock.nextAtMs;
      if (nextMs === null || nextMs > untilMs) break;
      await this.#clock.advance(nextMs - this.#clock.now());
    }
    await this.#clock.advance(untilMs - this.#clock.now());
  }

  /** How many messages are still queued. */
  async queued(): Promise<number> {
    return (await this.#outbox.overview(this.#session)).counts.total;
  }

  stop(): Promise<void> {
    return this.#outbox.stop();
  }

  get #isOpen(): boolean {
    return !this.#device.signals.some(({ type }) => type === 'closed');
  }

  /** Resolves when nothing moves: no send is under way and the storage has written all there was. */
  async #quiet(): Promise<void> {
    do {
      // Every write joins the line behind those of the outbox, so its end is theirs.
      await this.#harness.storage.outbox.counts(this.#session.key, this.#clock.now());
      await this.#harness.storage.pacing.heard(this.#session.key, 'nobody@lid', 0);
      for (let turn = 0; turn < 3; turn++) await new Promise<void>((done) => setImmediate(done));
    } while (this.#underWay > 0 && this.#isOpen);
  }
}
