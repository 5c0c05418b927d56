import type { SessionKey } from '../../../gateway/src/sessions/store.ts';
import type { DeviceChange, DeviceStore } from '../../../gateway/src/whatsapp/store.ts';
import type { Failpoint } from './failpoints.ts';

/** What happens to the storage operation with a given number. */
export interface Mishap {
  /** Counted from 1, over all writes of this life; or the first such write. */
  readonly at: number | Failpoint;
  /**
   * `fail`: the disk refuses it. `die-before` and `die-after`: the process is killed just before, or
   * just after, it reaches the disk; from then on nothing is heard of any operation. `die-with`: it reaches
   * the disk with all that was under way, and the process is killed before it hears of any.
   */
  readonly kind: 'fail' | 'die-before' | 'die-after' | 'die-with';
}

/** One run of the service between two kills: all writes pass here. */
export class Life {
  mishap: Mishap | null = null;
  operations = 0;
  dead = false;
  readonly died: Promise<void>;
  #die: () => void = () => undefined;

  constructor() {
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  kill(): void {
    this.dead = true;
    this.#die();
  }

  /** Runs a write, unless it is the one that meets with the mishap or the life is over. */
  async write<T>(work: () => Promise<T>, change: DeviceChange = {}): Promise<T> {
    if (this.dead) return silence();
    const { mishap } = this;
    this.operations++;
    const isIt =
      typeof mishap?.at === 'function' ? mishap.at(change) : mishap?.at === this.operations;
    if (isIt && mishap?.kind === 'fail') throw new Error('the disk is full');
    if (isIt && mishap?.kind === 'die-before') {
      this.kill();
      return silence();
    }
    if (isIt && mishap?.kind === 'die-with') this.dead = true;
    const result = await work();
    if (isIt && mishap?.kind === 'die-with') this.kill();
    if (isIt && mishap?.kind === 'die-after') this.kill();
    return this.dead ? silence() : result;
  }

  /** The store as this life sees it. */
  over(store: DeviceStore): DeviceStore {
    return {
      loadCredentials: (key) => store.loadCredentials(key),
      previousCredentials: (key) => store.previousCredentials(key),
      readRecords: (key, type, ids) => store.readRecords(key, type, ids),
      snapshot: (key) => store.snapshot(key),
      openJournal: (key, after, limit) => store.openJournal(key, after, limit),
      commit: (key: SessionKey, change: DeviceChange) =>
        this.write(() => store.commit(key, change), change),
      closeJournal: (key, ids) => this.write(() => store.closeJournal(key, ids)),
      clear: (key) => this.write(() => store.clear(key)),
    };
  }
}

/** What a dead process answers. */
function silence<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
