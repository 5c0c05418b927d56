// `npm start`: set up what is missing, then run the service in this very process, so that signals and
// the exit code are its own.
import { setUp } from './setup.mjs';

setUp({ build: true });
await import('../gateway/dist/main.js');
