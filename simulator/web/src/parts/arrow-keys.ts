import { type KeyboardEvent, useCallback } from 'react';

/**
 * Arrow keys in a list of things that can be focused, so that the list is one stop for Tab: only the
 * current item takes part in it (`tabIndex` 0), the arrows, Home and End reach the others. Items are
 * marked with `data-item`; `sideways` lets left and right do the same as up and down.
 */
export function useArrowKeys({
  sideways = false,
} = {}): (event: KeyboardEvent<HTMLElement>) => void {
  return useCallback(
    (event) => {
      const move = MOVES[event.key] ?? (sideways ? SIDEWAYS[event.key] : undefined);
      if (!move || event.defaultPrevented) return;
      const from = event.target instanceof HTMLElement ? event.target.closest('[data-item]') : null;
      if (!from) return;
      const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-item]')];
      const index = items.findIndex((item) => item === from);
      const next = items[Math.min(items.length - 1, Math.max(0, move(index, items.length)))];
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: 'nearest' });
    },
    [sideways],
  );
}

type Move = (index: number, count: number) => number;

const MOVES: Readonly<Record<string, Move>> = {
  ArrowDown: (index) => index + 1,
  ArrowUp: (index) => index - 1,
  Home: () => 0,
  End: (_index, count) => count - 1,
};

const SIDEWAYS: Readonly<Record<string, Move>> = {
  ArrowRight: (index) => index + 1,
  ArrowLeft: (index) => index - 1,
};
