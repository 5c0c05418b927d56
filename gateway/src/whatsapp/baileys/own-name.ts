import { chatModificationToAppPatch } from 'baileys';
import type { OpenConnection } from './open-connection.ts';
import { applyShared } from './own-changes.ts';

/** Changes the name under which the account shows itself; rejects as `applyShared` does. */
export async function changeOwnName(
  { socket, device, clock }: OpenConnection,
  name: string,
): Promise<void> {
  const patch = chatModificationToAppPatch({ pushNameSetting: name }, '');
  await applyShared(socket, patch, clock);
  const { me } = device.auth.creds;
  // The device that makes a change is not told of it. On this the library also tells the server.
  if (me) socket.ev.emit('creds.update', { me: { ...me, name } });
}
