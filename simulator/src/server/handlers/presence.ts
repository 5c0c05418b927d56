import { childrenOf, describe } from '../../wire/stanza.ts';
import type { PresenceDesk } from '../presence-desk.ts';
import type { StanzaRoutes } from '../router.ts';
import { originName } from '../world.ts';

/** What Baileys calls itself before it has been told its name. */
const NO_NAME = '~';

/** Who is online and who is typing. */
export function presenceRoutes(desk: PresenceDesk): StanzaRoutes {
  return {
    presence(world, origin, node) {
      const { device } = origin;
      const { type, name, to } = node.attrs;
      if (!device) return;
      if (name && name !== NO_NAME) device.pushName = name;
      if (type === 'subscribe') return desk.subscribe(device, to ?? '');
      if (type === 'available' || type === 'unavailable') {
        return desk.setDevice(device, type === 'available');
      }
      // Without a type it only announces the name.
      if (type === undefined || type === 'unsubscribe') return;
      const text = `nobody knows ${describe(node)}`;
      world.violations.report('unknown-stanza', originName(origin), text);
    },
    chatstate(world, origin, node) {
      const state = childrenOf(node)[0];
      const isRecording = state?.attrs['media'] === 'audio';
      if (state?.tag !== 'composing' && state?.tag !== 'paused') {
        const text = `nobody knows ${describe(node)}`;
        world.violations.report('unknown-stanza', originName(origin), text);
        return;
      }
      desk.chatState(
        origin.account,
        origin.deviceId,
        node.attrs['to'] ?? '',
        state.tag === 'composing' && isRecording ? 'recording' : state.tag,
      );
    },
  };
}
