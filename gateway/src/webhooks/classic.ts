/** Catalogue names and what endpoints of the classic form call them; they get no other events. */
export const CLASSIC_NAMES: Readonly<Record<string, string>> = {
  'message.received': 'messages.upsert',
  'session.connected': 'connection.open',
  'session.disconnected': 'connection.close',
  'session.failed': 'connection.close',
  'session.qr': 'connection.qr',
  'session.logged_out': 'connection.logout',
};
