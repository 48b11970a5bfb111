// Two projects: `unit` runs on any clone; `shared` reads the folder of real recordings, which may be absent.

import { configDefaults, defineConfig } from 'vitest/config'

/** Longer than any honest test on a busy two-core machine; shorter than anybody's patience. */
const testTimeout = 30_000

const slow = process.env.HAZARDPOINT_QUICK === '1' ? ['**/*.slow.test.ts'] : []

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/shared/**', ...slow],
          testTimeout,
          hookTimeout: testTimeout,
        },
      },
      {
        test: {
          name: 'shared',
          include: ['test/shared/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...slow],
          testTimeout: 10 * testTimeout,
          hookTimeout: testTimeout,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['protocol/**/*.ts', 'devicejs/**/*.ts', 'gateway/**/*.ts', 'sim/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
})
