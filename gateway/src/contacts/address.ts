/** The domains of the addresses the service uses; the `@` belongs to them. */
const PHONE = '@s.whatsapp.net';
const LID = '@lid';

/** The address of a phone number given in digits. */
export const phoneAddress = (phone: string): string => phone + PHONE;

/** The address of a hidden id given in digits. */
export const lidAddress = (lid: string): string => lid + LID;

/**
 * An address without its device part and in today's spelling (`@c.us` is the old name of
 * `@s.whatsapp.net`, `@hosted` and `@hosted.lid` those of accounts kept by a business provider).
 * What is not an address comes back unchanged.
 */
export function bareAddress(address: string): string {
  const at = address.indexOf('@');
  if (at === -1) return address;
  const user = address.slice(0, at);
  const domain = address.slice(at);
  const bare = user.replace(/(?:_\d+)?(?::\d+)?$/, '');
  if (domain === '@c.us' || domain === '@hosted') return bare + PHONE;
  if (domain === '@hosted.lid') return bare + LID;
  return bare + domain;
}

/** The digits of a phone address; null for every other address. */
export const phoneOf = (address: string | null): string | null => digitsBefore(address, PHONE);

/** The digits of a LID address; null for every other address. */
export const lidOf = (address: string | null): string | null => digitsBefore(address, LID);

/** True for chats of several people: groups, channels and broadcast lists. */
export const isSharedChat = (address: string): boolean =>
  address.endsWith('@g.us') || address.endsWith('@newsletter') || address.endsWith('@broadcast');

function digitsBefore(address: string | null, domain: string): string | null {
  if (address === null) return null;
  const bare = bareAddress(address);
  if (!bare.endsWith(domain)) return null;
  const digits = bare.slice(0, -domain.length);
  return /^\d+$/.test(digits) ? digits : null;
}
