import { proto } from 'baileys';
import { accountJid, type Device } from '../accounts/account.ts';
import { type HistoryChunk, inlineHistoryMessage, keyShareMessage } from './greeting.ts';
import type { PhoneParts } from './phone.ts';
import type { PhoneSender } from './sender.ts';

const { HistorySyncType } = proto.HistorySync;

/** What a phone sends to a device that has just been linked: keys, chats, names. */
export class Greeter {
  readonly #parts: PhoneParts;
  readonly #sender: PhoneSender;

  constructor(parts: PhoneParts, sender: PhoneSender) {
    this.#parts = parts;
    this.#sender = sender;
  }

  async greet(device: Device): Promise<void> {
    const { world, appStateKey } = this.#parts;
    const send = (message: proto.IMessage) => this.#sender.sendToOwnDevice(device.id, message);
    await send(keyShareMessage(appStateKey, world.clock.now()));
    for (const chunk of this.#history()) await send(inlineHistoryMessage(chunk));
  }

  #history(): HistoryChunk[] {
    const { account } = this.#parts;
    return [
      {
        history: { syncType: HistorySyncType.INITIAL_BOOTSTRAP, conversations: [] },
        chunkOrder: 1,
        progress: 0,
      },
      {
        history: {
          syncType: HistorySyncType.PUSH_NAME,
          pushnames: [{ id: accountJid(account, 'pn'), pushname: account.name }],
        },
        chunkOrder: 2,
        progress: 100,
      },
      {
        history: { syncType: HistorySyncType.RECENT, conversations: [] },
        chunkOrder: 3,
        progress: 100,
      },
    ];
  }
}
