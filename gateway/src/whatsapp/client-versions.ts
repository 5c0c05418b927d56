import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Clock, Timer } from '../kernel/clock.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Random } from '../kernel/random.ts';
import {
  type ClientVersion,
  chooseVersion,
  isSameVersion,
  parseVersion,
  readPublished,
  type VersionBook,
  type VersionSource,
  versionText,
  withAccepted,
  withRefused,
} from './version.ts';

/** Which version of WhatsApp Web we present, kept from going stale. */
export interface ClientVersions {
  /** Asks on a schedule from now on; until then nobody is asked unless a version is refused. */
  start(): void;
  current(): ClientVersion;
  /** WhatsApp let a device in with it. */
  accepted(version: ClientVersion): void;
  /**
   * WhatsApp answered 405. Looks for another version (bounded by 20 s, once a minute at most) and resolves
   * with whether there is one that was not refused. Never rejects.
   */
  refused(version: ClientVersion): Promise<boolean>;
  view(): VersionView;
  /** Ends the schedule; resolves when nothing is under way. */
  stop(): Promise<void>;
}

/** Which version is presented to WhatsApp, for readings. */
export interface VersionView {
  readonly version: string;
  readonly source: VersionSource;
  /** 405 answers since the start. */
  readonly refusals: number;
}

export interface ClientVersionsDeps {
  readonly bundled: ClientVersion;
  readonly pinned: ClientVersion | null;
  /** Where WhatsApp publishes its current version; null: nobody is asked. */
  readonly sourceUrl: string | null;
  /** Keeps what was learnt over a restart. */
  readonly file: string;
  /** Reads the text behind a URL; null when there was none. Never rejects. */
  readonly read: (url: string) => Promise<string | null>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

const HOUR_MS = 60 * 60_000;
/** A version is good for weeks. */
const CHECK_EVERY_MS = 24 * HOUR_MS;
const CHECK_AGAIN_MS = HOUR_MS;
/** Spread over this, so that not every gateway asks at the same time. */
const SPREAD_MS = HOUR_MS;
/** The start is not held up, nor is a refused session that asks again and again. */
const FIRST_CHECK_MS = 10_000;
const CHECK_GAP_MS = 60_000;

/** Makes the manager from what was kept; a file that cannot be read costs a warning and what it held. */
export async function createClientVersions(deps: ClientVersionsDeps): Promise<ClientVersions> {
  return new Manager(deps, await load(deps));
}

class Manager implements ClientVersions {
  readonly #deps: ClientVersionsDeps;
  #book: VersionBook;
  #refusals = 0;
  #checkedAtMs: number | null = null;
  #check: Promise<void> | null = null;
  #saving: Promise<void> = Promise.resolve();
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(deps: ClientVersionsDeps, book: VersionBook) {
    this.#deps = deps;
    this.#book = book;
  }

  start(): void {
    this.#schedule(FIRST_CHECK_MS);
  }

  current(): ClientVersion {
    return chooseVersion(this.#book).version;
  }

  accepted(version: ClientVersion): void {
    if (isSameVersion(version, this.#book.good) && this.#book.refused.length === 0) return;
    this.#learn(withAccepted(this.#book, version));
  }

  async refused(version: ClientVersion): Promise<boolean> {
    this.#refusals++;
    this.#deps.logger.warn({ version: versionText(version) }, 'WhatsApp refused this version');
    this.#book = withRefused(this.#book, version);
    await this.#refresh();
    const { isHopeful, version: next } = chooseVersion(this.#book);
    if (isHopeful) this.#deps.logger.info({ version: versionText(next) }, 'trying another version');
    return isHopeful;
  }

  view(): VersionView {
    const { version, source } = chooseVersion(this.#book);
    return { version: versionText(version), source, refusals: this.#refusals };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#check;
    await this.#saving;
  }

  #schedule(delayMs: number): void {
    const { pinned, sourceUrl, clock, random } = this.#deps;
    if (this.#isStopped || pinned || !sourceUrl) return;
    this.#timer = clock.after(delayMs, () => {
      void this.#refresh().then(() => {
        const everyMs = this.#book.published ? CHECK_EVERY_MS : CHECK_AGAIN_MS;
        this.#schedule(everyMs + Math.floor(random.next() * SPREAD_MS));
      });
    });
  }

  /** One at a time; whoever comes meanwhile shares it. */
  #refresh(): Promise<void> {
    const { pinned, sourceUrl, clock } = this.#deps;
    if (this.#check) return this.#check;
    const isEarly = this.#checkedAtMs !== null && clock.now() - this.#checkedAtMs < CHECK_GAP_MS;
    if (pinned || !sourceUrl || isEarly || this.#isStopped) return Promise.resolve();
    this.#checkedAtMs = clock.now();
    this.#check = this.#ask(sourceUrl).finally(() => {
      this.#check = null;
    });
    return this.#check;
  }

  async #ask(url: string): Promise<void> {
    const script = await this.#deps.read(url);
    const published = script === null ? null : readPublished(script, this.#deps.bundled);
    if (!published) {
      this.#deps.logger.warn('the current version of WhatsApp Web could not be read');
    } else if (!isSameVersion(published, this.#book.published)) {
      this.#learn({ ...this.#book, published });
    }
  }

  #learn(book: VersionBook): void {
    this.#book = book;
    this.#saving = this.#saving
      .then(() => save(this.#deps.file, this.#book))
      .catch((error: unknown) => {
        this.#deps.logger.warn({ err: error }, 'the version of WhatsApp Web was not kept');
      });
  }
}

async function load({ file, bundled, pinned, logger }: ClientVersionsDeps): Promise<VersionBook> {
  let kept: { readonly good?: unknown; readonly published?: unknown } = {};
  try {
    kept = (JSON.parse(await readFile(file, 'utf8')) ?? {}) as typeof kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      logger.warn({ err: error }, 'the kept version of WhatsApp Web cannot be read');
    }
  }
  const read = (value: unknown) => (typeof value === 'string' ? parseVersion(value) : null);
  return { pinned, bundled, good: read(kept.good), published: read(kept.published), refused: [] };
}

/** In one step, so that a crash leaves the old file or the new one. */
async function save(file: string, { good, published }: VersionBook): Promise<void> {
  const text = (version: ClientVersion | null) => version && versionText(version);
  await writeFile(`${file}.new`, JSON.stringify({ good: text(good), published: text(published) }));
  await rename(`${file}.new`, file);
}
