import type { BinaryNode } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { WireGroup } from '../groups.ts';
import { parseJson } from './record-codec.ts';
import type { Records } from './records.ts';

const TYPE = 'group';
/** WhatsApp announces every change; a day is a net below that. */
const BELIEVED_FOR_MS = 24 * 60 * 60_000;

interface StoredGroup {
  readonly atMs: number;
  readonly group: WireGroup;
}

/**
 * Who is in each group, kept with the device's records. A group is asked for once, however many sends
 * wait for it, and again only after WhatsApp announced a change: asking per send is what gets numbers
 * rate-limited.
 */
export class GroupDirectory {
  readonly #records: Records;
  readonly #clock: Clock;
  /** Called with each group that WhatsApp answered for; must not throw. */
  onLearnt: (group: WireGroup) => void = () => undefined;
  readonly #asking = new Map<string, Promise<WireGroup>>();
  /** Counts announced changes, so that an answer that was overtaken by one is not kept. */
  #changes = 0;

  constructor(records: Records, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  /** What is known of a group, else what `ask` answers; rejects as that does. */
  async read(chatId: string, ask: () => Promise<WireGroup>): Promise<WireGroup> {
    const stored = await this.#records.read(TYPE, chatId);
    if (stored) {
      const { atMs, group } = parseJson(stored) as StoredGroup;
      if (this.#clock.now() - atMs < BELIEVED_FOR_MS) return group;
    }
    let answer = this.#asking.get(chatId);
    if (!answer) {
      answer = this.#ask(chatId, ask).finally(() => this.#asking.delete(chatId));
      this.#asking.set(chatId, answer);
    }
    return answer;
  }

  /** A notification about a group: what we know of it is out of date. */
  async changed(notification: BinaryNode): Promise<void> {
    const { from, type } = notification.attrs;
    if (type === 'w:gp2' && from) await this.forget(from);
  }

  /** What is known of a group is out of date. */
  async forget(chatId: string): Promise<void> {
    this.#changes++;
    this.#asking.delete(chatId);
    if (!(await this.#records.read(TYPE, chatId))) return;
    await this.#records.commit({ records: [{ type: TYPE, id: chatId, value: null }] });
  }

  async #ask(chatId: string, ask: () => Promise<WireGroup>): Promise<WireGroup> {
    const changes = this.#changes;
    const group = await ask();
    this.onLearnt(group);
    if (changes === this.#changes) {
      const stored: StoredGroup = { atMs: this.#clock.now(), group };
      const value = Buffer.from(JSON.stringify(stored));
      await this.#records.commit({ records: [{ type: TYPE, id: chatId, value }] });
    }
    return group;
  }
}
