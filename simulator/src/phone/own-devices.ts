import type { proto } from 'baileys';
import { accountJid, type Device } from '../accounts/account.ts';
import { type Content, mediaOf } from '../content/content.ts';
import { inlineHistory, storedHistory } from '../content/history.ts';
import { secondsText } from '../kernel/clock.ts';
import { isReuploadRequest, type ReuploadAnswer, sealReuploadAnswer } from '../media/reupload.ts';
import { bytesOf, childNamed, type Stanza, stanza } from '../wire/stanza.ts';
import { historyBefore, historyFor, sharedMessage } from './history.ts';
import type { PhoneParts } from './phone.ts';
import type { ReceivedMessage, SentMessage } from './records.ts';
import type { PhoneSender } from './sender.ts';
import { chatName } from './target.ts';

/** What a phone does for the devices linked to it: keys, history, lost messages and lost media. */
export class OwnDevices {
  readonly #parts: PhoneParts;
  readonly #sender: PhoneSender;

  constructor(parts: PhoneParts, sender: PhoneSender) {
    this.#parts = parts;
    this.#sender = sender;
  }

  /** A device that has just been linked gets the keys of the app state and the chats. */
  async greet(device: Device): Promise<void> {
    await this.#shareKeys(device);
    const { historyPerChat: perChat, historyChunk: perChunk } = this.#parts.habits;
    for (const history of historyFor(this.#parts, { perChat, perChunk })) {
      await this.#sendHistory(device, history);
    }
  }

  /** A device asked for something; `requestId` is the id of its message. */
  async answer(device: Device, requestId: string, message: proto.IMessage): Promise<void> {
    const { world, account, composer, habits } = this.#parts;
    if (!habits.answersDevices) return;
    const content = composer.read(message, account);
    switch (content.type) {
      case 'app-state-key-request':
        return this.#shareKeys(device);
      case 'placeholder-request': {
        const known = content.targets.flatMap(({ id }) => this.#find(id) ?? []);
        const messages = known.map((one) => sharedMessage(account, one));
        return this.tell(device, { type: 'placeholder-response', requestId, messages });
      }
      case 'history-request': {
        const chat = chatName(world, content.chat);
        const { count, before } = content;
        const history = historyBefore(this.#parts, { chat, beforeId: before.id, count });
        return this.#sendHistory(device, history, requestId);
      }
      default:
        return;
    }
  }

  /** A device found a file gone: the phone stores it again and tells where it is now. */
  uploadAgain(device: Device, receipt: Stanza): void {
    const { world, account, random, habits } = this.#parts;
    const id = receipt.attrs['id'] ?? '';
    const request = childNamed(receipt, 'rmr');
    if (!request || !habits.answersDevices) return;
    const message = this.#find(id);
    const media = message && mediaOf(message.content);
    const encrypted = childNamed(receipt, 'encrypt');
    const sealed = {
      ciphertext: bytesOf(childNamed(encrypted, 'enc_p')),
      iv: bytesOf(childNamed(encrypted, 'enc_iv')),
    };
    const isHonest = media !== null && isReuploadRequest(sealed, media.mediaKey, id);
    const attrs = {
      from: accountJid(account, 'pn'),
      type: 'mediaretry',
      id,
      t: secondsText(world.clock),
    };
    if (!isHonest) {
      const error = stanza('error', { code: '2' });
      world.post.deliver(account, device.id, stanza('notification', attrs, [request, error]));
      return;
    }
    const answer = sealReuploadAnswer(this.#restore(id), media.mediaKey, id, random);
    const content = [
      stanza('encrypt', {}, [
        stanza('enc_p', {}, answer.ciphertext),
        stanza('enc_iv', {}, answer.iv),
      ]),
      request,
    ];
    world.post.deliver(account, device.id, stanza('notification', attrs, content));
  }

  #restore(id: string): ReuploadAnswer {
    const { habits, media } = this.#parts;
    const kept = habits.keepsMedia ? media.find(id) : null;
    if (!kept) return { result: 'not-found' };
    const { directPath } = this.#parts.world.media.store(kept.kind, kept.encrypted);
    return { result: 'success', directPath };
  }

  #find(id: string): ReceivedMessage | SentMessage | null {
    const { records } = this.#parts;
    return records.findReceived(id) ?? records.findSent(id);
  }

  #shareKeys(device: Device): Promise<void> {
    return this.tell(device, { type: 'app-state-keys', keys: this.#parts.appStateKeys });
  }

  #sendHistory(device: Device, history: proto.IHistorySync, requestId?: string): Promise<void> {
    const { habits, world, random } = this.#parts;
    const notification =
      habits.historyAs === 'inline'
        ? inlineHistory(history)
        : storedHistory(history, { media: world.media, random });
    return this.tell(device, {
      type: 'history',
      notification:
        requestId === undefined
          ? notification
          : { ...notification, peerDataRequestSessionId: requestId },
    });
  }

  /** Sends a content to one device, past all chats. */
  tell(device: Device, content: Content): Promise<void> {
    const { account, composer } = this.#parts;
    const destination = { kind: 'person', account, addressing: 'pn' } as const;
    return this.#sender.sendToOwnDevice(device.id, composer.compose(content, destination));
  }
}
