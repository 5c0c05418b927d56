import { jidDecode, jidNormalizedUser, WAJIDDomains } from 'baileys';

/** Device number that WhatsApp gives to hosted (Cloud API) devices. */
const HOSTED_DEVICE = 99;

/** Where a Signal session is filed: `<user>[_<domain>].<device>`, as Baileys names it everywhere. */
export interface SignalAddress {
  readonly name: string;
  readonly device: number;
}

/** The Signal address of a JID. Throws when it is not the JID of a person's device. */
export function signalAddress(jid: string): SignalAddress {
  const decoded = jidDecode(jid);
  if (!decoded?.user) throw new Error('a Signal address needs a user JID');
  const { user, server, domainType } = decoded;
  const device = decoded.device ?? 0;
  if (device === HOSTED_DEVICE && server !== 'hosted' && server !== 'hosted.lid') {
    throw new Error('device 99 is reserved for hosted devices');
  }
  const name = domainType === WAJIDDomains.WHATSAPP ? user : `${user}_${domainType}`;
  return { name, device };
}

export function addressKey(address: SignalAddress): string {
  return `${address.name}.${address.device}`;
}

/** The record id of a sender key: the form both Baileys and the bridge use. */
export function senderKeyId(group: string, author: SignalAddress): string {
  return `${group}::${author.name}::${author.device}`;
}

/** True for addresses of the phone-number kind, hosted ones included. */
export function isPhoneServer(server: string): boolean {
  return server === 's.whatsapp.net' || server === 'hosted';
}

/** True for addresses of the LID kind, hosted ones included. */
export function isLidServer(server: string): boolean {
  return server === 'lid' || server === 'hosted.lid';
}

/** The JID without device part, hosted servers mapped to the plain ones; null stays null. */
export function bareJid(jid: string | null | undefined): string | null {
  if (!jid) return null;
  const decoded = jidDecode(jid);
  if (!decoded?.user) return jid;
  if (decoded.server === 'hosted') return `${decoded.user}@s.whatsapp.net`;
  if (decoded.server === 'hosted.lid') return `${decoded.user}@lid`;
  return jidNormalizedUser(jid);
}

/** Whether two JIDs name the same user on the same kind of address, whatever the device. */
export function isSameUser(one: string | null | undefined, other: string | null | undefined) {
  return !!one && !!other && bareJid(one) === bareJid(other);
}
