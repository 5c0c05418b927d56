import type { proto } from 'baileys';
import { type Account, accountJid, type Device } from './accounts/account.ts';
import type { Core } from './core.ts';
import type { Phone } from './phone/phone.ts';
import type { ReceivedMessage } from './phone/records.ts';

/** An account of the simulated world, as tests and tools hold it. */
export class AccountHandle {
  readonly phone: Phone;
  readonly #core: Core;
  readonly #account: Account;

  constructor(core: Core, account: Account) {
    this.#core = core;
    this.#account = account;
    this.phone = core.phoneOf(account);
  }

  /** Digits of the phone number. */
  get number(): string {
    return this.#account.phone;
  }

  /** `<number>@s.whatsapp.net`. */
  get jid(): string {
    return accountJid(this.#account, 'pn');
  }

  /** `<digits>@lid`. */
  get lid(): string {
    return accountJid(this.#account, 'lid');
  }

  /** The push name. */
  get name(): string {
    return this.#account.name;
  }

  get data(): Account {
    return this.#account;
  }

  /** Linked devices, without the phone itself. */
  get devices(): Device[] {
    return [...this.#account.devices.values()];
  }

  /** As if the owner removed a linked device on the phone. */
  unlink(device: Device): void {
    this.#core.unlink(device);
  }
}

export type { proto, ReceivedMessage };
