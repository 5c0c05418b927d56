import { type Account, accountJid, deviceIds } from '../accounts/account.ts';
import { type Clock, secondsText } from '../kernel/clock.ts';
import {
  type Conduct,
  DEFAULT_PARAMETERS,
  GOOD_CONDUCT,
  judge,
  type RestrictionParameters,
} from '../restriction/model.ts';
import { SERVER, type Stanza, stanza } from '../wire/stanza.ts';

/** The server's code for a message to somebody the account may not write to now. */
export const RESTRICTED_CODE = '463';

/** How many new chats an account may start in a cycle. */
export interface NewChatQuota {
  readonly total: number;
  readonly used: number;
  readonly cycleStartMs: number;
  readonly cycleEndMs: number;
}

/** How an account stands, as it is stored. */
export interface StoredStanding {
  readonly conduct: Conduct;
  readonly imposedUntilMs: number | null;
  readonly quota: NewChatQuota | null;
  readonly started: readonly string[];
  readonly banned: boolean;
}

interface Dossier {
  conduct: Conduct;
  /** A restriction that was put on by hand. */
  imposedUntilMs: number | null;
  quota: NewChatQuota | null;
  /** New chats of this cycle, by LID. */
  readonly started: Set<string>;
  banned: boolean;
}

export interface StandingDeps {
  readonly clock: Clock;
  /** Tells all devices of an account. */
  notify(account: Account, build: () => Stanza): void;
  /** The account has been banned: its devices must go. */
  banned(account: Account): void;
  newId(): string;
}

const DAY_MS = 24 * 3600 * 1000;

/** What accounts may do: restrictions by hand, quota of new chats, and the model when it is on. */
export class Standings {
  readonly #deps: StandingDeps;
  readonly #records = new Map<Account, Dossier>();
  #model: RestrictionParameters | null = null;

  constructor(deps: StandingDeps) {
    this.#deps = deps;
  }

  /** Switches the model on, with its defaults where nothing is given, or off with null. */
  useModel(parameters: Partial<RestrictionParameters> | null): void {
    this.#model = parameters && { ...DEFAULT_PARAMETERS, ...parameters };
  }

  get model(): RestrictionParameters | null {
    return this.#model;
  }

  /** How the model sees an account. */
  conductOf(account: Account): Conduct {
    return this.#of(account).conduct;
  }

  /** Until when strangers cannot be written to, in milliseconds; null when they can. */
  restrictedUntil(account: Account): number | null {
    const { conduct, imposedUntilMs } = this.#of(account);
    const modelled = conduct.standing.kind === 'restricted' ? conduct.standing.untilMs : 0;
    const untilMs = Math.max(modelled, imposedUntilMs ?? 0);
    return untilMs > this.#deps.clock.now() ? untilMs : null;
  }

  quotaOf(account: Account): NewChatQuota | null {
    return this.#of(account).quota;
  }

  isBanned(account: Account): boolean {
    return this.#of(account).banned;
  }

  /** Restricts an account until an instant, or lifts the restriction with null, and tells it so. */
  restrict(account: Account, untilMs: number | null): void {
    const record = this.#of(account);
    record.imposedUntilMs = untilMs;
    if (untilMs === null) record.conduct = GOOD_CONDUCT;
    this.#tellRestriction(account);
  }

  /** Allows so many new chats in 30 days from now; null for any number. Tells the account. */
  setQuota(account: Account, total: number | null): void {
    const record = this.#of(account);
    const nowMs = this.#deps.clock.now();
    record.started.clear();
    record.quota =
      total === null
        ? null
        : { total, used: 0, cycleStartMs: nowMs, cycleEndMs: nowMs + 30 * DAY_MS };
    this.#tellQuota(account);
  }

  ban(account: Account): void {
    const record = this.#of(account);
    if (record.banned) return;
    record.banned = true;
    this.#deps.banned(account);
  }

  pardon(account: Account): void {
    this.#records.delete(account);
  }

  entries(): [Account, StoredStanding][] {
    return Array.from(this.#records, ([account, record]) => [
      account,
      { ...record, started: [...record.started] },
    ]);
  }

  /** Puts back how an account stood before a restart; nobody is told. */
  restore(account: Account, stored: StoredStanding): void {
    this.#records.set(account, { ...stored, started: new Set(stored.started) });
  }

  /** Judges a message to a person; gives the code to refuse it with, or null. */
  judge(account: Account, to: Account, isStranger: boolean): string | null {
    const record = this.#of(account);
    if (record.banned) return '403';
    if (this.#model) {
      const attempt = { to: to.lid, isStranger, nowMs: this.#deps.clock.now() };
      const before = record.conduct.standing;
      const { conduct, verdict } = judge(record.conduct, attempt, this.#model);
      record.conduct = conduct;
      if (verdict === 'banned') {
        this.ban(account);
        return '403';
      }
      const changed = before.kind !== conduct.standing.kind;
      if (changed && conduct.standing.kind === 'restricted') this.#tellRestriction(account);
    }
    if (!isStranger) return null;
    if (this.restrictedUntil(account) !== null) return RESTRICTED_CODE;
    return this.#spend(account, record, to) ? null : RESTRICTED_CODE;
  }

  #spend(account: Account, record: Dossier, to: Account): boolean {
    const { quota, started } = record;
    if (!quota || started.has(to.lid)) return true;
    if (quota.used >= quota.total) return false;
    started.add(to.lid);
    record.quota = { ...quota, used: quota.used + 1 };
    this.#tellQuota(account);
    return true;
  }

  #of(account: Account): Dossier {
    let record = this.#records.get(account);
    if (!record) {
      record = {
        conduct: GOOD_CONDUCT,
        imposedUntilMs: null,
        quota: null,
        started: new Set(),
        banned: false,
      };
      this.#records.set(account, record);
    }
    return record;
  }

  #tellRestriction(account: Account): void {
    this.#tell(account, 'NotificationUserReachoutTimelockUpdate', {
      xwa2_notify_account_reachout_timelock: describeRestriction(this.restrictedUntil(account)),
    });
  }

  #tellQuota(account: Account): void {
    const quota = this.quotaOf(account);
    this.#tell(account, 'MessageCappingInfoNotification', {
      xwa2_notify_new_chat_messages_capping_info_update: describeQuota(
        quota,
        this.#deps.clock.now(),
      ),
    });
  }

  #tell(account: Account, operation: string, data: unknown): void {
    if (deviceIds(account).length === 1) return;
    const json = Buffer.from(JSON.stringify({ data }));
    const id = this.#deps.newId();
    const t = secondsText(this.#deps.clock);
    this.#deps.notify(account, () =>
      stanza('notification', { from: SERVER, type: 'mex', id, t, to: accountJid(account, 'pn') }, [
        stanza('update', { op_name: operation }, json),
      ]),
    );
  }
}

/** The GraphQL object about a restriction, as clients read it. */
export function describeRestriction(untilMs: number | null): Readonly<{ [name: string]: unknown }> {
  return untilMs === null
    ? { is_active: false, time_enforcement_ends: '0', enforcement_type: 'DEFAULT' }
    : {
        is_active: true,
        time_enforcement_ends: String(Math.ceil(untilMs / 1000)),
        enforcement_type: 'WEB_COMPANION_ONLY',
      };
}

/** The GraphQL object about the quota of new chats, as clients read it. */
export function describeQuota(
  quota: NewChatQuota | null,
  nowMs: number,
): Readonly<{ [name: string]: unknown }> {
  const seconds = (ms: number) => String(Math.floor(ms / 1000));
  const base = {
    server_sent_timestamp: seconds(nowMs),
    ote_status: 'NOT_ELIGIBLE',
    mv_status: 'NOT_ELIGIBLE',
  };
  if (!quota) return { ...base, total_quota: -1, used_quota: 0, capping_status: 'NONE' };
  const { total, used, cycleStartMs, cycleEndMs } = quota;
  return {
    ...base,
    total_quota: total,
    used_quota: used,
    cycle_start_timestamp: seconds(cycleStartMs),
    cycle_end_timestamp: seconds(cycleEndMs),
    capping_status: cappingOf(used, total),
  };
}

/** WhatsApp warns twice on the way; at which shares of the quota is our guess. */
function cappingOf(used: number, total: number): string {
  if (used >= total) return 'CAPPED';
  if (used >= total * 0.9) return 'SECOND_WARNING';
  return used >= total * 0.75 ? 'FIRST_WARNING' : 'NONE';
}
