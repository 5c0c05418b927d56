import type { Reading } from './metrics.ts';

/** What is asked of the event log. */
interface CommittedEvents {
  onCommitted(
    listener: (batch: { readonly events: readonly { readonly event: string }[] }) => void,
  ): () => void;
}

/**
 * Counts events by name from now on: received, sent, failed, acknowledged as delivered and read,
 * connections lost and found. As many series as the catalogue has names.
 */
export function eventReadings(events: CommittedEvents): Reading[] {
  const counts: Record<string, number> = {};
  events.onCommitted((batch) => {
    for (const { event } of batch.events) counts[event] = (counts[event] ?? 0) + 1;
  });
  return [
    {
      name: 'events_total',
      help: 'Events since the start, by name in the catalogue',
      label: 'event',
      read: () => counts,
    },
  ];
}
