import { defineConfig } from 'vitest/config'

const conditions = ['coterie-source']
const resolve = { conditions }
// Limits of time are only against hanging, and far above what is usual: a verdict must not depend
// on how fast the machine is, or on what else it does.
const PATIENCE_MS = 60_000
const TEST_TIMEOUT_MS = 600_000
const expectation = { poll: { timeout: PATIENCE_MS, interval: 20 } }
const ssr = { resolve: { conditions, externalConditions: conditions } }

const limits = {
  expect: expectation,
  testTimeout: TEST_TIMEOUT_MS,
  hookTimeout: TEST_TIMEOUT_MS,
}
/** Tests that replace a module, and so cannot share what is loaded with others. */
const ISOLATED = 'tests/**/*.isolated.test.ts'

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Hubs warn on the console; only what failed has to be read.
    silent: 'passed-only',
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          // Loading the house anew for every file took more time than most of the tests.
          isolate: false,
          ...limits,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'whole',
          include: ['tests/**/*.test.ts'],
          exclude: [ISOLATED, '**/node_modules/**'],
          isolate: false,
          ...limits,
        },
      },
      {
        resolve,
        ssr,
        test: { name: 'isolated', include: [ISOLATED], ...limits },
      },
    ],
  },
})
