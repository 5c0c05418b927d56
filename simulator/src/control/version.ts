import { createRequire } from 'node:module';

/** Version of the package; the file lies two folders above both `src/control` and `dist/control`. */
export const VERSION: string = (
  createRequire(import.meta.url)('../../package.json') as { version: string }
).version;
