import { z } from 'zod';
import { matchesName } from '../selection.ts';
import type { EventDefinition } from './define.ts';
import { messageEvents } from './message-events.ts';
import { peopleEvents } from './people-events.ts';
import { serviceEvents } from './service-events.ts';
import { sessionEvents } from './session-events.ts';

/** Every event there is. Names are a contract: they are added, never renamed. */
export const catalogue: readonly EventDefinition[] = [
  ...messageEvents,
  ...sessionEvents,
  ...peopleEvents,
  ...serviceEvents,
];

/** Whether a name or pattern (`*`, `message.*`) stands for at least one event. */
export function namesSomething(pattern: string): boolean {
  return catalogue.some(({ name }) => matchesName([pattern], name));
}

/** An event as the catalogue is served: `schema` is JSON Schema (draft 2020-12) of `data`. */
export interface CatalogueEntry {
  readonly event: string;
  readonly version: number;
  readonly summary: string;
  readonly schema: Record<string, unknown>;
  readonly example: Record<string, unknown>;
}

/** The catalogue for readers: with schemas and whole example bodies. */
export function describeCatalogue(): readonly CatalogueEntry[] {
  return catalogue.map(({ name, version, summary, data, example }) => ({
    event: name,
    version,
    summary,
    schema: z.toJSONSchema(data),
    example: {
      id: '01HR3ZSTZ0V5B0EY7J3R0S5QKX',
      event: name,
      sessionId: name.startsWith('webhook.') ? null : 'support',
      workspaceId: 'default',
      timestamp: '2024-03-04T00:00:01.000Z',
      data: example,
    },
  }));
}
