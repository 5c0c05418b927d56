import type { MediaFault } from './port.ts';

export type Direction = 'download' | 'upload';

/** Faults waiting for their transfers, oldest first. */
export interface FaultList {
  add(fault: MediaFault): void;
  /** The fault that hits this transfer, if any; it counts as one of its times. */
  take(direction: Direction): MediaFault | null;
  /** How many transfers they are still going to hit. */
  readonly toCome: number;
}

/** At most this many different faults wait at once; the oldest gives way. */
const MAX_WAITING = 100;

export function createFaultList(): FaultList {
  const waiting: { readonly fault: MediaFault; left: number }[] = [];
  return {
    add(fault) {
      if (fault.times > 0) waiting.push({ fault, left: fault.times });
      if (waiting.length > MAX_WAITING) waiting.shift();
    },
    take(direction) {
      const index = waiting.findIndex(({ fault }) => directionOf(fault) === direction);
      const entry = waiting[index];
      if (!entry) return null;
      entry.left -= 1;
      if (entry.left === 0) waiting.splice(index, 1);
      return entry.fault;
    },
    get toCome() {
      return waiting.reduce((sum, { left }) => sum + left, 0);
    },
  };
}

function directionOf(fault: MediaFault): Direction {
  switch (fault.kind) {
    case 'not-found':
    case 'gone':
    case 'corrupt':
      return 'download';
    case 'upload-refused':
      return 'upload';
    case 'slow':
    case 'cut':
      return fault.direction ?? 'download';
  }
}
