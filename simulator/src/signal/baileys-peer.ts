import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  initAuthCreds,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from 'baileys';
import { pino } from 'pino';
import type { PreKeyBundle } from './port.ts';

type Repository = ReturnType<typeof DEFAULT_CONNECTION_CONFIG.makeSignalRepository>;

/** The other end of an interoperability test: Baileys' own Signal repository with keys in memory. */
export interface BaileysPeer {
  readonly repository: Repository;
  /** The bundle that a server would hand out for it; `preKeyId` null leaves the one-time key out. */
  bundle(preKeyId: number | null): PreKeyBundle;
  startSession(jid: string, bundle: PreKeyBundle): Promise<void>;
}

const silent = pino({ level: 'silent' });

/** A peer with fresh credentials. It is slow to make and to use: this is what the WASM cipher replaces. */
export function createBaileysPeer(): BaileysPeer {
  const creds = initAuthCreds();
  const store = memoryKeyStore();
  const keys = addTransactionCapability(store, silent, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 1,
  });
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, silent);
  return {
    repository,
    bundle(preKeyId) {
      return {
        registrationId: creds.registrationId,
        identity: creds.signedIdentityKey.public,
        signedPreKey: {
          id: creds.signedPreKey.keyId,
          publicKey: creds.signedPreKey.keyPair.public,
          signature: creds.signedPreKey.signature,
        },
        preKey: preKeyId === null ? null : { id: preKeyId, publicKey: store.addPreKey(preKeyId) },
      };
    },
    async startSession(jid, bundle) {
      const { preKey, signedPreKey } = bundle;
      await repository.injectE2ESession({
        jid,
        session: {
          registrationId: bundle.registrationId,
          identityKey: withType(bundle.identity),
          signedPreKey: {
            keyId: signedPreKey.id,
            publicKey: withType(signedPreKey.publicKey),
            signature: signedPreKey.signature,
          },
          ...(preKey
            ? { preKey: { keyId: preKey.id, publicKey: withType(preKey.publicKey) } }
            : {}),
        },
      });
    },
  };
}

function memoryKeyStore(): SignalKeyStore & { addPreKey(id: number): Uint8Array } {
  const entries = new Map<string, unknown>();
  return {
    get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found: { [id: string]: SignalDataTypeMap[T] } = {};
      for (const id of ids) {
        const value = entries.get(`${type}/${id}`);
        if (value) found[id] = value as SignalDataTypeMap[T];
      }
      return found;
    },
    set(data) {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values)) {
          if (value === null) entries.delete(`${type}/${id}`);
          else entries.set(`${type}/${id}`, value);
        }
      }
    },
    addPreKey(id) {
      const pair = Curve.generateKeyPair();
      entries.set(`pre-key/${id}`, pair);
      return pair.public;
    },
  };
}

/** libsignal wants Buffers and typed keys. */
function withType(publicKey: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([5]), publicKey]);
}
