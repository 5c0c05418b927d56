import type { Clock } from '../../kernel/clock.ts';
import { Problem, type ProblemCode } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { SessionKey, SessionRecord } from '../../sessions/store.ts';
import type { MessageCodec } from '../../whatsapp/port.ts';
import { documentName } from '../document.ts';
import type { MessageRecord, MessageStore } from '../store.ts';
import { createEager } from './eager.ts';
import { createFetcher, type Fetched, type FetcherDeps } from './fetcher.ts';
import { createMediaLinks, type MediaLinks } from './link.ts';
import { DEFAULT_MEDIA_POLICY, isWanted, limitsOf, type MediaPolicy } from './policy.ts';
import { type MediaReference, mediaReference } from './reference.ts';
import type { NotMoved } from './reupload.ts';
import type { Vault, VaultFile } from './vault.ts';

/** A medium that can be read. */
export interface OpenedMedia {
  readonly file: VaultFile;
  /** As the sender stated it. */
  readonly mimetype: string;
  readonly fileName: string;
}

/** What is kept of a session's wishes. */
export interface MediaPolicyStore {
  load(key: SessionKey): Promise<MediaPolicy | null>;
  save(key: SessionKey, policy: MediaPolicy): Promise<void>;
}

/** The media of messages that came: fetched by the policy of the session, or when somebody asks. */
export interface ReceivedMedia {
  /** A message was stored: fetches its medium in the background when the session wants that. */
  noticed(session: SessionRecord, message: MessageRecord): void;
  /**
   * The medium of a message, fetched when it is not here yet, and asked of the phone when WhatsApp no
   * longer has it. Throws `message_not_found`, `media_gone`, `reupload_failed`, `reupload_timeout`,
   * `media_damaged` or `whatsapp_unreachable`.
   */
  open(key: SessionKey, messageId: string): Promise<OpenedMedia>;
  policy(key: SessionKey): Promise<MediaPolicy>;
  setPolicy(key: SessionKey, policy: MediaPolicy): Promise<void>;
  readonly links: MediaLinks;
  /** Removes what the policies no longer keep; answers how many files went. */
  sweep(keys: readonly SessionKey[]): Promise<number>;
  /** Removes all media of a session. */
  forget(key: SessionKey): Promise<void>;
  stop(): Promise<void>;
}

export interface ReceivedMediaDeps
  extends Pick<FetcherDeps, 'downloadFor' | 'locate' | 'askPhone'> {
  readonly vault: Vault;
  readonly messages: Pick<MessageStore, 'find'>;
  readonly policies: MediaPolicyStore;
  readonly codec: Pick<MessageCodec, 'decode'>;
  /** Signs links; 32 bytes that outlive a restart. */
  readonly linkSecret: Uint8Array;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Media of messages: fetched by policy or when asked for, kept for a while, read by file or link. */
export function createReceivedMedia(deps: ReceivedMediaDeps): ReceivedMedia {
  const { vault, messages, policies, codec, clock, logger } = deps;
  const fetch = createFetcher(deps);
  const eager = createEager(clock);

  const policy = async (key: SessionKey) => (await policies.load(key)) ?? DEFAULT_MEDIA_POLICY;

  async function fetchIfWanted(session: SessionRecord, message: MessageRecord): Promise<void> {
    const reference = referenceOf(message, codec);
    if (reference === null) return;
    if (!isWanted(await policy(session.key), message.type, reference.info)) return;
    eager.add(async () => {
      const fetched = await fetch(session.key, message.messageId, reference);
      if (fetched.kind !== 'here') {
        const { kind, ...why } = fetched;
        logger.warn({ session: session.id, outcome: kind, ...why }, 'media was not fetched');
      }
      return fetched;
    });
  }

  return {
    policy,
    links: createMediaLinks(deps.linkSecret),
    setPolicy: (key, wanted) => policies.save(key, wanted),
    noticed(session, message) {
      if (message.data['hasMedia'] !== true) return;
      fetchIfWanted(session, message).catch((error: unknown) => {
        logger.warn({ err: error, session: session.id }, 'media was not fetched');
      });
    },
    async open(key, messageId) {
      const message = await messages.find(key, messageId);
      const reference = message === null ? null : referenceOf(message, codec);
      if (message === null || reference === null) throw noMedia(messageId);
      const { info } = reference;
      const mimetype = info.mimetype ?? 'application/octet-stream';
      const file = arrived(await fetch(key, messageId, reference));
      return { file, mimetype, fileName: documentName(info.fileName, mimetype) };
    },
    async sweep(keys) {
      let removed = 0;
      for (const key of keys) {
        removed += await vault.sweep(key, limitsOf(await policy(key)), clock.now());
      }
      return removed;
    },
    forget: (key) => vault.forget(key),
    stop: () => eager.stop(),
  };
}

function referenceOf(
  { encoded }: MessageRecord,
  codec: Pick<MessageCodec, 'decode'>,
): MediaReference | null {
  return encoded === null ? null : mediaReference(codec.decode(encoded));
}

function noMedia(messageId: string): Problem {
  return new Problem(
    'message_not_found',
    `There is no message "${messageId}" with media here, or it is no longer kept.`,
  );
}

function arrived(fetched: Fetched): VaultFile {
  switch (fetched.kind) {
    case 'here':
      return fetched.file;
    case 'gone':
      throw gone(fetched.phone);
    case 'damaged':
      throw new Problem(
        'media_damaged',
        `What WhatsApp has is not what was sent: ${fetched.damage}.`,
      );
    case 'unreachable':
      throw new Problem(
        'whatsapp_unreachable',
        `The file could not be fetched: ${fetched.reason}.`,
      );
  }
}

const GONE = {
  not_found: [
    'media_gone',
    'Neither WhatsApp nor the phone has the file any more. The sender can send it again.',
  ],
  failed: [
    'reupload_failed',
    'WhatsApp no longer has the file, and the phone could not upload it again. Try once more; if it does not help, the sender can send it again.',
  ],
  unanswered: [
    'reupload_timeout',
    'WhatsApp no longer has the file, and the phone has not answered yet. Switch it on, open WhatsApp on it, and ask again in a minute.',
  ],
  offline: [
    'whatsapp_unreachable',
    'WhatsApp no longer has the file, and the phone can be asked for it only while the session is connected. Try again when it is open.',
  ],
} as const satisfies Record<NotMoved, readonly [ProblemCode, string]>;

const gone = (phone: NotMoved): Problem => {
  const [code, detail] = GONE[phone];
  return new Problem(code, detail);
};
