/** How a JID is named inside the Signal records: a name without dots, and a device number. */
export interface SignalAddress {
  readonly name: string;
  readonly device: number;
}

const JID = /^([^:@]+)(?::(\d{1,5}))?@([a-z.]+)$/;

/**
 * Splits a JID with or without device (`15550001:2@s.whatsapp.net`); no device means 0, the phone.
 * Phone number and LID of one person are two addresses, as they are on the wire. Dots of the domain
 * become dashes because the cipher keeps them for itself, to part name and device.
 */
export function signalAddress(jid: string): SignalAddress {
  const match = JID.exec(jid);
  if (!match) throw new TypeError('not the JID of a device');
  const [, user = '', device = '0', domain = ''] = match;
  return { name: `${user}@${domain}`.replaceAll('.', '-'), device: Number(device) };
}
