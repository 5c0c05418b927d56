import type { BaileysEventMap } from 'baileys';
import type { LibrarySocket } from './wiring.ts';

type Listeners = {
  readonly [Event in keyof BaileysEventMap]?: (data: BaileysEventMap[Event]) => void;
};

/**
 * Listens where the library emits, in front of its buffer: that joins events, keeps those of the first
 * synchronisation back until it has seen their chat, and moves names and settings into a history that
 * nobody reads. Listeners must not throw; what they change of the data, the library's own listeners see.
 */
export function onEmitted(ev: LibrarySocket['ev'], listeners: Listeners): void {
  const emit = ev.emit.bind(ev);
  ev.emit = <E extends keyof BaileysEventMap>(event: E, data: BaileysEventMap[E]) => {
    listeners[event]?.(data);
    return emit(event, data);
  };
}
