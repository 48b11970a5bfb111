// Two projects: `unit` runs on any clone; `shared` reads the folder of real recordings, which may be absent.

import { configDefaults, defineConfig } from 'vitest/config'

/** Longer than any honest test on a busy two-core machine; shorter than anybody's patience. */
const testTimeout = 30_000

/**
 * What the tests must have been through, in per cent. Where an alarm is decided, each way that a decision can go is one that some test has
 * seen, or it is not there. Judged of all tests together (`npm test`): some of them alone leave most of the house alone.
 */
export const thresholds = {
  lines: 95,
  'gateway/core/alarm/alarm.ts': { branches: 100 },
  'gateway/core/alarm/condition.ts': { branches: 100 },
  'gateway/stages/**/*.ts': { branches: 100 },
}

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
      ...(process.env.HAZARDPOINT_WHOLE === '1' && { thresholds }),
    },
  },
})
