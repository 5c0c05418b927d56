/**
 * How long tests wait for what must happen. A loaded machine is five times slower than an idle one and
 * may stand still for ten seconds; only what fails waits so long.
 */
export const PATIENCE_MS = 60_000;
