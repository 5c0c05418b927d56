import { systemClock } from '../kernel/clock.ts';
import { createIdSource } from '../kernel/ids.ts';
import { systemRandom } from '../kernel/random.ts';

/** The real clock, chance and ids: what the service runs on, and tests replace. */
export const clock = systemClock;
export const random = systemRandom;
export const ids = createIdSource(clock, random);
