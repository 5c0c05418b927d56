/** WhatsApp's address domains that the simulator knows. */
export type JidServer = 's.whatsapp.net' | 'lid' | 'g.us' | 'broadcast' | 'newsletter' | 'call';

/** A parsed address: `user[:device]@server`. Device 0 is the phone itself and is not written. */
export interface Jid {
  readonly user: string;
  readonly device: number;
  readonly server: JidServer;
}

/** How a person is addressed: by phone number or by LID, the number that hides it. */
export type Addressing = 'pn' | 'lid';

export const STATUS_BROADCAST = 'status@broadcast';

const SERVERS = new Set<string>([
  's.whatsapp.net',
  'lid',
  'g.us',
  'broadcast',
  'newsletter',
  'call',
]);

/**
 * Null when the text is not an address of a known domain. `c.us` is read as `s.whatsapp.net`. By hand,
 * because every stanza names several and a regular expression took a tenth of the server's time.
 */
export function parseJid(text: string | undefined): Jid | null {
  if (text === undefined) return null;
  const at = text.indexOf('@');
  if (at < 0) return null;
  const domain = text.slice(at + 1);
  const server = domain === 'c.us' ? 's.whatsapp.net' : domain;
  if (!SERVERS.has(server)) return null;
  const colon = text.lastIndexOf(':', at);
  if (colon < 0) return { user: text.slice(0, at), device: 0, server: server as JidServer };
  const device = Number(text.slice(colon + 1, at));
  if (colon + 1 === at || !Number.isInteger(device) || device < 0 || device > 255) return null;
  return { user: text.slice(0, colon), device, server: server as JidServer };
}

export function formatJid(jid: Jid): string {
  return `${jid.user}${jid.device === 0 ? '' : `:${jid.device}`}@${jid.server}`;
}

/** The same address without a device. */
export function bareJid(text: string): string {
  const jid = parseJid(text);
  return jid ? formatJid({ ...jid, device: 0 }) : text;
}

export function isUserJid(jid: Jid): boolean {
  return jid.server === 's.whatsapp.net' || jid.server === 'lid';
}

export function addressingOf(jid: Jid): Addressing {
  return jid.server === 'lid' ? 'lid' : 'pn';
}
