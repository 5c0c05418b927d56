import { useEffect, useMemo } from 'react';
import { api } from './api.ts';

/** Phones repeat it while somebody goes on. */
const REPEAT_MS = 8_000;
/** Whoever stops for so long is not typing any more. */
const PAUSE_MS = 4_000;

/** Shows the owner of a phone as typing while they are. */
export function useTyping(
  number: string,
  chat: string,
): { readonly typed: () => void; readonly stop: () => void } {
  const typing = useMemo(() => {
    let toldMs = 0;
    let pause: ReturnType<typeof setTimeout> | null = null;
    const tell = (state: 'composing' | 'paused') => {
      // Nobody needs to hear that this failed: the next message will.
      api.typing(number, chat, state).catch(() => undefined);
    };
    const stop = () => {
      if (pause !== null) clearTimeout(pause);
      pause = null;
      if (toldMs === 0) return;
      toldMs = 0;
      tell('paused');
    };
    const typed = () => {
      if (pause !== null) clearTimeout(pause);
      pause = setTimeout(stop, PAUSE_MS);
      if (Date.now() - toldMs < REPEAT_MS) return;
      toldMs = Date.now();
      tell('composing');
    };
    return { typed, stop };
  }, [number, chat]);
  useEffect(() => typing.stop, [typing]);
  return typing;
}
