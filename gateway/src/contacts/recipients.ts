import type { Clock } from '../kernel/clock.ts';
import { Problem } from '../kernel/errors.ts';
import type { SessionKey } from '../sessions/store.ts';
import type { Lookup } from '../whatsapp/port.ts';
import { lidAddress, lidOf, phoneAddress, phoneOf } from './address.ts';
import { parseRecipient } from './recipient.ts';
import type { IdentityPair, IdentityStore, KnownNumber, NumberStore } from './store.ts';

const HOUR_MS = 3_600_000;

/**
 * How long an answer of WhatsApp about a number is good. Numbers change hands rarely, so a hit is kept
 * for 30 days; somebody who is not there yet may join any minute, so a miss is kept for an hour only.
 */
export const NUMBER_TTL_MS = { found: 30 * 24 * HOUR_MS, missing: HOUR_MS };

/** Numbers asked of WhatsApp in one request. */
const LOOKUP_BATCH = 50;

/** A recipient with every name that is known. `phone` and `lid` can each be used as `to` again. */
export interface ResolvedRecipient {
  readonly input: string;
  /** Canonical: the phone address when the number is known, else the LID, group or channel. */
  readonly chatId: string;
  /** Digits, as WhatsApp writes the number; null for groups and for people who hide it. */
  readonly phone: string | null;
  /** `<digits>@lid`, null while unknown. */
  readonly lid: string | null;
}

export interface RecipientsDeps {
  readonly numbers: NumberStore;
  readonly identities: IdentityStore;
  /** Asks WhatsApp over the session's connection; rejects with `NotConnected` when there is none. */
  readonly lookUp: (key: SessionKey, phones: readonly string[]) => Promise<Lookup[]>;
  readonly clock: Clock;
}

/** Whom `to` means. Answers of WhatsApp about numbers are kept for `NUMBER_TTL_MS`. */
export interface Recipients {
  /**
   * Turns `to` into an address that exists. Throws `invalid_recipient` or `recipient_not_found`;
   * rejects with what `lookUp` rejects with when WhatsApp has to be asked and cannot be.
   */
  resolve(key: SessionKey, input: string): Promise<ResolvedRecipient>;
  /** What WhatsApp says about numbers (digits), in the order asked; fresh answers are not asked again. */
  check(key: SessionKey, phones: readonly string[]): Promise<KnownNumber[]>;
}

/** Finds out whom `to` means: WhatsApp is asked about every number once, and the answer remembered. */
export function createRecipients(deps: RecipientsDeps): Recipients {
  const { numbers, identities, lookUp, clock } = deps;

  const isFresh = (known: KnownNumber): boolean =>
    clock.now() - known.checkedAtMs < NUMBER_TTL_MS[known.chatId === null ? 'missing' : 'found'];

  async function ask(key: SessionKey, phones: readonly string[]): Promise<KnownNumber[]> {
    const answers = await lookUp(key, phones);
    const checkedAtMs = clock.now();
    const found = answers.map((answer) => toKnown(answer, checkedAtMs));
    const pairs = found.flatMap(pairOf);
    await numbers.remember(key, found);
    if (pairs.length > 0) await identities.learn(key, pairs);
    return found;
  }

  async function check(key: SessionKey, phones: readonly string[]): Promise<KnownNumber[]> {
    const known = await numbers.recall(key, phones);
    const unknown = [...new Set(phones)].filter((phone) => {
      const answer = known.get(phone);
      return answer === undefined || !isFresh(answer);
    });
    for (let from = 0; from < unknown.length; from += LOOKUP_BATCH) {
      for (const answer of await ask(key, unknown.slice(from, from + LOOKUP_BATCH))) {
        known.set(answer.phone, answer);
      }
    }
    return phones.map((phone) => known.get(phone) ?? missing(phone, clock.now()));
  }

  async function resolvePhone(
    key: SessionKey,
    input: string,
    phone: string,
  ): Promise<ResolvedRecipient> {
    const [known] = await check(key, [phone]);
    if (!known?.chatId) {
      throw new Problem(
        'recipient_not_found',
        `Nobody on WhatsApp has the number ${phone}. Check the country code and the digits.`,
        [{ field: '/to', message: 'is not on WhatsApp' }],
      );
    }
    const spelled = phoneOf(known.chatId) ?? phone;
    const lid = lidOf(known.lid) ?? (await identities.lidFor(key, spelled));
    return {
      input,
      chatId: phoneAddress(spelled),
      phone: spelled,
      lid: lid === null ? null : lidAddress(lid),
    };
  }

  async function resolve(key: SessionKey, input: string): Promise<ResolvedRecipient> {
    const recipient = parseRecipient(input);
    switch (recipient.kind) {
      case 'invalid':
        throw new Problem('invalid_recipient', recipient.reason, [
          { field: '/to', message: recipient.reason },
        ]);
      case 'phone':
        return resolvePhone(key, input, recipient.phone);
      case 'lid': {
        const phone = await identities.phoneFor(key, recipient.lid);
        const chatId = phone === null ? recipient.chatId : phoneAddress(phone);
        return { input, chatId, phone, lid: recipient.chatId };
      }
      case 'group':
      case 'newsletter':
      case 'status':
        return { input, chatId: recipient.chatId, phone: null, lid: null };
    }
  }

  return { resolve, check };
}

function toKnown(answer: Lookup, checkedAtMs: number): KnownNumber {
  const lid = answer.lid === null ? null : (lidOf(answer.lid) ?? answer.lid);
  return {
    phone: answer.phone,
    chatId: answer.exists ? (answer.chatId ?? phoneAddress(answer.phone)) : null,
    lid: lid === null ? null : lidAddress(lid),
    checkedAtMs,
  };
}

function pairOf(known: KnownNumber): IdentityPair[] {
  const phone = phoneOf(known.chatId);
  const lid = lidOf(known.lid);
  return phone === null || lid === null ? [] : [{ phone, lid }];
}

const missing = (phone: string, checkedAtMs: number): KnownNumber => ({
  phone,
  chatId: null,
  lid: null,
  checkedAtMs,
});
