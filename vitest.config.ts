import { defineConfig } from 'vitest/config';

/**
 * Three projects in one run: `unit` beside the code, `simulator` (an unmodified Baileys client on the
 * simulator) and `e2e` (the built gateway as a real process). The last two share two cores with the
 * protocol's cryptography, hence their longer limits.
 */
export default defineConfig({
  test: {
    projects: [
      {
        resolve: { conditions: ['source'] },
        ssr: { resolve: { conditions: ['source'] } },
        test: {
          name: 'unit',
          include: ['gateway/src/**/*.test.ts', 'simulator/{src,web/src}/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 20_000,
        },
      },
      {
        resolve: { conditions: ['source'] },
        ssr: { resolve: { conditions: ['source'] } },
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
