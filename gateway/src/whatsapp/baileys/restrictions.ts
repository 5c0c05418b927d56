import {
  type BaileysEventMap,
  type ConnectionState,
  NewChatMessageCappingStatusType,
} from 'baileys';
import type { RestrictionSignal } from '../port.ts';

/** WhatsApp's code for a send to somebody the account may not write to at present. */
export const RESTRICTED_CODE = 463;

type ReachOut = NonNullable<ConnectionState['reachoutTimeLock']>;
type NewChats = BaileysEventMap['message-capping.update'];

/** The reach-out timelock as the library reports it. */
export function reachOutSignal(lock: ReachOut): RestrictionSignal {
  const active = lock.isActive ?? false;
  const untilMs = lock.timeEnforcementEnds?.getTime() ?? null;
  return { type: 'reach_out', active, untilMs: active ? untilMs : null };
}

/** The quota of new chats as WhatsApp words it; times are seconds as text, -1 and 0 mean "not stated". */
export function newChatsSignal(info: NewChats): RestrictionSignal {
  const endSeconds = Number(info.cycle_end_timestamp);
  return {
    type: 'new_chats',
    total: stated(info.total_quota),
    used: typeof info.used_quota === 'number' && info.used_quota >= 0 ? info.used_quota : null,
    capped: info.capping_status === NewChatMessageCappingStatusType.CAPPED,
    resetsAtMs: endSeconds > 0 ? endSeconds * 1000 : null,
  };
}

function stated(value: number | undefined): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}
