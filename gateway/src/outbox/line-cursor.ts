import { cursorLike } from '../http/paging.ts';
import type { LinePlace } from './store.ts';

/** The cursor of a session's line: a place in it, which stays when the job that stood there is over. */
export const lineCursor = cursorLike(/^\d{1,15}-\d{1,15}$/);

/** The cursor of a place. Pure. */
export const cursorAt = ({ dueAtMs, serial }: LinePlace): string => `${dueAtMs}-${serial}`;

/** The place behind a cursor that fits `lineCursor`. Pure. */
export function placeIn(cursor: string): LinePlace {
  const [dueAtMs, serial] = cursor.split('-').map(Number);
  return { dueAtMs: dueAtMs ?? 0, serial: serial ?? 0 };
}
