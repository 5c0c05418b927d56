import type { BinaryNode, GroupMetadata } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import { parseJson } from './record-codec.ts';
import type { Records } from './records.ts';

const TYPE = 'group-metadata';
/** WhatsApp announces every change; a day is a net below that. */
const BELIEVED_FOR_MS = 24 * 60 * 60_000;

/** What sending to a group needs to know of it. */
type GroupFacts = Pick<
  GroupMetadata,
  'id' | 'owner' | 'subject' | 'participants' | 'addressingMode' | 'ephemeralDuration'
>;

interface StoredGroup {
  readonly atMs: number;
  readonly facts: GroupFacts;
}

/**
 * Who is in each group, kept with the device's records. A group is asked for once, however many sends
 * wait for it, and again only after WhatsApp announced a change: asking per send is what gets numbers
 * rate-limited.
 */
export class GroupDirectory {
  readonly #records: Records;
  readonly #clock: Clock;
  readonly #asking = new Map<string, Promise<GroupMetadata | undefined>>();
  /** Counts announced changes, so that an answer that was overtaken by one is not kept. */
  #changes = 0;

  constructor(records: Records, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** Undefined when WhatsApp does not answer; the library then asks in its own way. */
  async get(
    group: string,
    ask: (group: string) => Promise<GroupMetadata>,
  ): Promise<GroupMetadata | undefined> {
    const stored = await this.#records.read(TYPE, group);
    if (stored) {
      const { atMs, facts } = parseJson(stored) as StoredGroup;
      if (this.#clock.now() - atMs < BELIEVED_FOR_MS) return facts;
    }
    let answer = this.#asking.get(group);
    if (!answer) {
      answer = this.#ask(group, ask).finally(() => this.#asking.delete(group));
      this.#asking.set(group, answer);
    }
    return answer;
  }

  /** A notification about a group: what we know of it is out of date. */
  async changed(notification: BinaryNode): Promise<void> {
    const { from, type } = notification.attrs;
    if (type !== 'w:gp2' || !from) return;
    this.#changes++;
    if (!(await this.#records.read(TYPE, from))) return;
    await this.#records.commit({ records: [{ type: TYPE, id: from, value: null }] });
  }

  async #ask(
    group: string,
    ask: (group: string) => Promise<GroupMetadata>,
  ): Promise<GroupMetadata | undefined> {
    const changes = this.#changes;
    let answer: GroupMetadata;
    try {
      answer = await ask(group);
    } catch {
      return undefined;
    }
    const { id, owner, subject, participants, addressingMode, ephemeralDuration } = answer;
    const facts: GroupFacts = { id, owner, subject, participants };
    if (addressingMode) facts.addressingMode = addressingMode;
    if (ephemeralDuration) facts.ephemeralDuration = ephemeralDuration;
    if (changes === this.#changes) {
      const stored: StoredGroup = { atMs: this.#clock.now(), facts };
      const value = Buffer.from(JSON.stringify(stored));
      await this.#records.commit({ records: [{ type: TYPE, id: group, value }] });
    }
    return facts;
  }
}
