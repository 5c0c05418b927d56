// `npm run simulator`: set up what is missing, then run the simulator in this very process, so that
// signals and the exit code are its own.
import { setUp } from './setup.mjs';

setUp({ build: true });
await import('../simulator/dist/cli.js');
