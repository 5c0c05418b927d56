import { proto } from 'baileys';
import { COLLECTIONS } from '../content/app-state.ts';
import type { AppStateKey } from '../content/app-state-crypto.ts';
import { textOf } from '../content/content.ts';
import type { Composer } from '../phone/composer.ts';
import type { Phone } from '../phone/phone.ts';
import type { KnownMessage } from '../phone/records.ts';
import type { World } from '../server/world.ts';
import { fromBase64, type StoredMessage, type StoredPhone, toBase64 } from './stored.ts';

/** Newest messages of a phone that survive a restart; older ones are forgotten. */
const STORED_MESSAGES = 1000;

export function storePhone(phone: Phone): StoredPhone {
  const { records, appState } = phone;
  const messages: KnownMessage[] = [...records.received, ...records.sent];
  messages.sort((one, other) => records.orderOf(one) - records.orderOf(other));
  return {
    account: phone.account.phone,
    party: toBase64(phone.party.snapshot()),
    appStateKeys: phone.appStateKeys.map(({ id, data }) => ({
      id: toBase64(id),
      data: toBase64(data),
    })),
    appState: COLLECTIONS.map((name) => [name, (appState.since(name, 0) ?? []).map(toBase64)]),
    habits: { ...phone.habits },
    messages: messages.slice(-STORED_MESSAGES).map(storeMessage),
  };
}

function storeMessage(known: KnownMessage): StoredMessage {
  const { id, chat, wireChat, timestampS } = known;
  const message = toBase64(proto.Message.encode(known.message).finish());
  const base = { id, chat, wireChat, timestampS, message };
  if ('senderDevice' in known) {
    const { sender, fromMe, senderDevice, pushName, readAtMs, state } = known;
    return { ...base, kind: 'received', sender, fromMe, senderDevice, pushName, readAtMs, state };
  }
  const { state, error, receipts } = known;
  return { ...base, kind: 'sent', state, error, receipts: [...receipts] };
}

export function restoreKeys({ appStateKeys }: StoredPhone): AppStateKey[] {
  return appStateKeys.map(({ id, data }) => ({ id: fromBase64(id), data: fromBase64(data) }));
}

/** Brings habits, shared settings and messages back into a phone that has its keys already. */
export function restorePhone(
  phone: Phone,
  world: World,
  composer: Composer,
  stored: StoredPhone,
): void {
  Object.assign(phone.habits, stored.habits);
  for (const [name, patches] of stored.appState) {
    const collection = COLLECTIONS.find((known) => known === name);
    if (!collection) continue;
    // Patch n was made on top of version n - 1; the log reaches back to the first.
    for (const [base, patch] of patches.entries()) {
      phone.appState.accept(collection, fromBase64(patch), base);
    }
  }
  restoreMessages(phone, world, composer, stored);
}

/** Content is read anew and in order: votes need the polls before them. */
function restoreMessages(
  phone: Phone,
  world: World,
  composer: Composer,
  stored: StoredPhone,
): void {
  for (const one of stored.messages) {
    const { id, chat, wireChat, timestampS } = one;
    const message = proto.Message.decode(fromBase64(one.message));
    const author = one.kind === 'sent' ? phone.account : world.directory.find(one.sender);
    const content = composer.read(message, author);
    const base = { id, chat, wireChat, timestampS, content, message };
    if (one.kind === 'sent') {
      const { state, error } = one;
      phone.records.restore({ ...base, state, error, receipts: new Map(one.receipts) });
      continue;
    }
    const { sender, fromMe, senderDevice, pushName, readAtMs, state } = one;
    const text = textOf(content);
    phone.records.restore({
      ...base,
      sender,
      fromMe,
      senderDevice,
      pushName,
      text,
      readAtMs,
      state,
    });
  }
}
