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

const JID = /^(?<user>[^@:]*)(?::(?<device>\d{1,3}))?@(?<server>[a-z.]+)$/;
const SERVERS = new Set<string>([
  's.whatsapp.net',
  'lid',
  'g.us',
  'broadcast',
  'newsletter',
  'call',
]);

/** Null when the text is not an address of a known domain. `c.us` is read as `s.whatsapp.net`. */
export function parseJid(text: string | undefined): Jid | null {
  const match = text === undefined ? null : JID.exec(text);
  if (!match?.groups) return null;
  const { user = '', device = '0', server = '' } = match.groups;
  const domain = server === 'c.us' ? 's.whatsapp.net' : server;
  if (!SERVERS.has(domain)) return null;
  return { user, device: Number(device), server: domain as JidServer };
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
