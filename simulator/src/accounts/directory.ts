import type { Random } from '../kernel/random.ts';
import { type Account, createAccount } from './account.ts';
import { type Jid, parseJid } from './jid.ts';
import { formsOf, isPhoneNumber } from './numbers.ts';

export interface AccountOptions {
  /** Digits; drawn when absent. */
  readonly phone?: string;
  readonly name?: string;
  /** Digits; drawn when absent. */
  readonly lid?: string;
}

/** Every account of the simulated world, by number and by LID. */
export class Directory {
  readonly #random: Random;
  readonly #byPhone = new Map<string, Account>();
  readonly #byLid = new Map<string, Account>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** Throws when the number is malformed, or it or the LID is taken. */
  create(options: AccountOptions, nowMs: number): Account {
    const phone = options.phone ?? this.#free(this.#byPhone, '1555', 7);
    const lid = options.lid ?? this.#free(this.#byLid, '1', 14);
    if (!isPhoneNumber(phone)) throw new RangeError(`"${phone}" is not a phone number in digits`);
    const taken = this.lookUpNumber(phone);
    if (taken) throw new RangeError(`${phone} belongs to an account already (${taken.phone})`);
    if (this.#byLid.has(lid)) throw new RangeError(`LID ${lid} belongs to an account already`);
    const account = createAccount(phone, lid, options.name ?? `User ${phone.slice(-4)}`, nowMs);
    this.add(account);
    return account;
  }

  /** Takes in an account that was made elsewhere, such as before a restart. */
  add(account: Account): void {
    this.#byPhone.set(account.phone, account);
    this.#byLid.set(account.lid, account);
  }

  /** The account behind an address in either addressing, whatever the device. */
  find(address: Jid | string | undefined): Account | null {
    const jid = typeof address === 'string' ? parseJid(address) : (address ?? null);
    if (jid?.server === 's.whatsapp.net') return this.#byPhone.get(jid.user) ?? null;
    if (jid?.server === 'lid') return this.#byLid.get(jid.user) ?? null;
    return null;
  }

  /** The account that a dialled number reaches, also when it is registered under another form. */
  lookUpNumber(digits: string): Account | null {
    for (const form of formsOf(digits)) {
      const account = this.#byPhone.get(form);
      if (account) return account;
    }
    return null;
  }

  findByName(name: string): Account | null {
    for (const account of this.#byPhone.values()) if (account.name === name) return account;
    return null;
  }

  all(): Account[] {
    return [...this.#byPhone.values()];
  }

  #free(taken: ReadonlyMap<string, unknown>, prefix: string, digits: number): string {
    for (;;) {
      const drawn = Math.floor(this.#random.next() * 10 ** digits);
      const candidate = prefix + String(drawn).padStart(digits, '0');
      if (!taken.has(candidate)) return candidate;
    }
  }
}
