import { chatModificationToAppPatch } from 'baileys';
import type { Clock } from '../../kernel/clock.ts';
import type { Device } from './device.ts';
import { applyShared } from './own-changes.ts';
import type { LibrarySocket } from './wiring.ts';

export interface OpenConnection {
  readonly socket: LibrarySocket;
  readonly device: Device;
  readonly clock: Clock;
}

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
