import type { Migration } from '../migrate.ts';
import { initialSchema } from './0001-initial-schema.ts';

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [initialSchema];
