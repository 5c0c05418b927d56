import type { Reading } from './metrics.ts';

/** What is asked of the guards around the library. */
interface GuardFigures {
  silenced(): number;
  unhandled(): number;
}

/** What the guards kept from the output and from ending the process. */
export function libraryReadings(guards: GuardFigures): Reading[] {
  return [
    {
      name: 'library_silenced_total',
      help: 'Lines of libsignal that were kept from the output; they may hold private keys',
      label: null,
      read: () => ({ '': guards.silenced() }),
    },
    {
      name: 'library_unhandled_rejections_total',
      help: 'Failures inside the library that nobody handled; the text is in the log',
      label: null,
      read: () => ({ '': guards.unhandled() }),
    },
  ];
}
