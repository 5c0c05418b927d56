import {
  type AuthenticationCreds,
  addTransactionCapability,
  DEFAULT_CONNECTION_CONFIG,
  initAuthCreds,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type SignalRepositoryWithLIDStore,
} from 'baileys';
import { systemClock } from '../../../kernel/clock.ts';
import { silentLogger } from '../../../kernel/logger.ts';
import type { SessionKey } from '../../../sessions/store.ts';
import type { DeviceStore } from '../../store.ts';
import { generateKeyPair } from '../curve.ts';
import type { ArrivalDesk } from '../decryption.ts';
import { libraryLogger } from '../library-logger.ts';
import { LidMapping } from '../lid-mapping.ts';
import { encodeRecord } from '../record-codec.ts';
import { Records } from '../records.ts';
import { SignalRepository } from '../signal-repository.ts';
import { mendSignatures } from '../trust.ts';

type Wire = Pick<
  SignalRepositoryWithLIDStore,
  | 'encryptMessage'
  | 'decryptMessage'
  | 'injectE2ESession'
  | 'encryptGroupMessage'
  | 'decryptGroupMessage'
  | 'processSenderKeyDistributionMessage'
>;

/** One end of an encrypted conversation. */
export interface Peer {
  readonly jid: string;
  readonly creds: AuthenticationCreds;
  readonly repository: Wire;
  /** A bundle for whoever wants to write to this peer first, with a fresh one-time key. */
  bundle(): Promise<Parameters<Wire['injectE2ESession']>[0]['session']>;
}

let nextPreKey = 1;

function bundleOf(creds: AuthenticationCreds, keyId: number, publicKey: Uint8Array) {
  const { registrationId, signedIdentityKey, signedPreKey } = creds;
  const typed = (key: Uint8Array) => Buffer.concat([Buffer.from([5]), key]);
  return {
    registrationId,
    identityKey: typed(signedIdentityKey.public),
    signedPreKey: {
      keyId: signedPreKey.keyId,
      publicKey: typed(signedPreKey.keyPair.public),
      signature: signedPreKey.signature,
    },
    preKey: { keyId, publicKey: typed(publicKey) },
  };
}

/** Our repository on a store. */
export function ourPeer(
  jid: string,
  store: DeviceStore,
  key: SessionKey,
  options: {
    readonly desk?: Partial<ArrivalDesk>;
    readonly creds?: AuthenticationCreds;
    readonly onFailure?: () => void;
  } = {},
): Peer & {
  readonly repository: SignalRepository;
  readonly records: Records;
  readonly mapping: LidMapping;
} {
  mendSignatures();
  const creds = options.creds ?? initAuthCreds();
  const records = new Records(store, key, options.onFailure);
  const mapping = new LidMapping(records, systemClock);
  const repository = new SignalRepository({
    records,
    creds,
    lidMapping: mapping,
    desk: {
      inspect: () => ({ journal: null, records: [], senderKey: null, isComplete: false }),
      committed: () => undefined,
      unreadable: () => undefined,
      left: () => undefined,
      ...options.desk,
    },
    logger: silentLogger,
  });
  return {
    jid,
    creds,
    repository,
    records,
    mapping,
    async bundle() {
      const pair = generateKeyPair();
      const keyId = nextPreKey++;
      const value = encodeRecord('pre-key', pair);
      await records.commit({ records: [{ type: 'pre-key', id: String(keyId), value }] });
      return bundleOf(creds, keyId, pair.public);
    },
  };
}

/** Baileys' own repository (the JavaScript libsignal) on a store that may be slow. */
export function libraryPeer(
  jid: string,
  options: { readonly delay?: () => Promise<void>; readonly creds?: AuthenticationCreds } = {},
): Peer & { readonly stored: Map<string, unknown> } {
  mendSignatures();
  const creds = options.creds ?? initAuthCreds();
  const stored = new Map<string, unknown>();
  const raw = memoryKeys(stored, options.delay ?? (() => Promise.resolve()));
  const logger = libraryLogger(silentLogger);
  const keys = addTransactionCapability(raw, logger, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 0,
  });
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, logger);
  return {
    jid,
    creds,
    repository,
    stored,
    async bundle() {
      const pair = generateKeyPair();
      const keyId = nextPreKey++;
      await keys.set({
        'pre-key': {
          [keyId]: { public: Buffer.from(pair.public), private: Buffer.from(pair.private) },
        },
      });
      return bundleOf(creds, keyId, pair.public);
    },
  };
}

function memoryKeys(stored: Map<string, unknown>, delay: () => Promise<void>): SignalKeyStore {
  return {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      await delay();
      const found: Record<string, SignalDataTypeMap[T]> = {};
      for (const id of ids) {
        const value = stored.get(`${type}/${id}`);
        if (value !== undefined) found[id] = structuredClone(value) as SignalDataTypeMap[T];
      }
      return found;
    },
    async set(data: SignalDataSet) {
      await delay();
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values ?? {})) {
          if (value === null) stored.delete(`${type}/${id}`);
          else stored.set(`${type}/${id}`, structuredClone(value));
        }
      }
    },
  };
}

/** Lets `to` read what `from` writes first. */
export async function introduce(from: Peer, to: Peer): Promise<void> {
  await from.repository.injectE2ESession({ jid: to.jid, session: await to.bundle() });
}

/** Encrypts a text and decrypts it at the other end. */
export async function say(from: Peer, to: Peer, text: string): Promise<string> {
  const { type, ciphertext } = await from.repository.encryptMessage({
    jid: to.jid,
    data: Buffer.from(text),
  });
  const plaintext = await to.repository.decryptMessage({ jid: from.jid, type, ciphertext });
  return Buffer.from(plaintext).toString();
}

/** Encrypts for a group and decrypts as a member who already has, or now gets, the sender key. */
export async function sayToGroup(
  from: Peer,
  members: readonly Peer[],
  group: string,
  text: string,
  introduceKey: boolean,
): Promise<string[]> {
  const { ciphertext, senderKeyDistributionMessage } = await from.repository.encryptGroupMessage({
    group,
    meId: from.jid,
    data: Buffer.from(text),
  });
  const heard: string[] = [];
  for (const member of members) {
    if (introduceKey) {
      await member.repository.processSenderKeyDistributionMessage({
        authorJid: from.jid,
        item: {
          groupId: group,
          axolotlSenderKeyDistributionMessage: senderKeyDistributionMessage,
        },
      });
    }
    const plaintext = await member.repository.decryptGroupMessage({
      group,
      authorJid: from.jid,
      msg: ciphertext,
    });
    heard.push(Buffer.from(plaintext).toString());
  }
  return heard;
}
