import type { SignalDataSet, SignalDataTypeMap, SignalKeyStore } from 'baileys';

/**
 * Lets trusted-contact tokens past the library's transactions, straight to the device's records. After a
 * send to somebody who has no token of ours the library issues one in the background and stores that in
 * the transaction of the send, which has ended by then: what it stores is lost, and every message issues
 * a token again (7.0.0-rc14, the end of `relayMessage`).
 */
export function keepTrustTokens(library: SignalKeyStore, records: SignalKeyStore): void {
  const get = library.get.bind(library);
  const set = library.set.bind(library);
  library.get = <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) =>
    type === 'tctoken' ? records.get(type, ids) : get(type, ids);
  library.set = async ({ tctoken, ...others }: SignalDataSet) => {
    if (tctoken) await records.set({ tctoken });
    if (Object.keys(others).length > 0) await set(others);
  };
}
