import type { EventEmitter } from 'node:events';
import { type BinaryNode, decryptMediaRetryData, encryptMediaRetryRequest, proto } from 'baileys';
import { NotConnected } from '../port.ts';
import type { LostMedia, Reupload } from '../reupload.ts';
import { reasonOf } from './disconnect.ts';
import { keyOf } from './message-key.ts';
import { child } from './node-reading.ts';
import type { OpenConnection } from './open-connection.ts';
import { type Addressing, personIn } from './outgoing-addresses.ts';

/** A phone that is on needs the time to upload a large file; one that is off may not answer at all. */
const ANSWER_LIMIT_MS = 10 * 60_000;

/**
 * Asks the own phone to upload a file again, by a receipt of type `server-error`; the phone answers with
 * a notification of type `mediaretry` that has the message's id. Rejects with `NotConnected` when the
 * connection ends before it answers. (`updateMediaMessage` of the library does the same, but waits for
 * ever, and hears the answer only when its event buffer is emptied.)
 */
export async function askForUpload(
  { socket, device, clock }: OpenConnection,
  { target, mediaKey }: LostMedia,
  addressing: Addressing | null,
): Promise<Reupload> {
  const { creds } = device.auth;
  const key = keyOf(addressing ? personIn(target, addressing) : target);
  const request = encryptMediaRetryRequest(key, Buffer.from(mediaKey), creds.me?.id ?? '');
  const client = socket.ws as unknown as EventEmitter;
  const event = `CB:notification,id:${target.messageId}`;
  return new Promise<Reupload>((resolve, reject) => {
    const limit = clock.after(ANSWER_LIMIT_MS, () => settle(() => resolve({ kind: 'unanswered' })));
    const lost = (reason: string) => settle(() => reject(new NotConnected(reason)));
    const onAnswer = (stanza: BinaryNode) => {
      const answer = readReupload(stanza, mediaKey);
      if (answer) settle(() => resolve(answer));
    };
    const onUpdate = ({ connection }: { connection?: string }) => {
      if (connection === 'close') lost('the connection ended');
    };
    function settle(answer: () => void): void {
      limit.cancel();
      client.off(event, onAnswer);
      socket.ev.off('connection.update', onUpdate);
      answer();
    }
    client.on(event, onAnswer);
    socket.ev.on('connection.update', onUpdate);
    socket.sendNode(request).catch((error: unknown) => lost(reasonOf(error)));
  });
}

/** Reads the phone's answer; null for other stanzas. What cannot be opened counts as `failed`. */
export function readReupload(stanza: BinaryNode, mediaKey: Uint8Array): Reupload | null {
  const { tag, attrs } = stanza;
  if (tag !== 'notification' || attrs['type'] !== 'mediaretry' || !attrs['id']) return null;
  const error = child(stanza, 'error');
  if (error) return refusal(Number(error.attrs['code']));
  const sealed = child(stanza, 'encrypt');
  const ciphertext = child(sealed, 'enc_p')?.content;
  const iv = child(sealed, 'enc_iv')?.content;
  if (!(ciphertext instanceof Uint8Array && iv instanceof Uint8Array)) return refusal(null);
  try {
    const answer = decryptMediaRetryData({ ciphertext, iv }, mediaKey, attrs['id']);
    const { result, directPath } = answer;
    return result === RESULTS.SUCCESS && directPath
      ? { kind: 'uploaded', directPath }
      : refusal(result ?? null);
  } catch {
    return refusal(null);
  }
}

const RESULTS = proto.MediaRetryNotification.ResultType;

function refusal(result: number | null): Reupload {
  const reason = result === RESULTS.NOT_FOUND ? 'not_found' : 'failed';
  return { kind: 'refused', reason };
}
