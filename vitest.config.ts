import { defineConfig } from 'vitest/config'

const conditions = ['coterie-source']
const resolve = { conditions }
// How long a wait may last before it has failed; what is waited for usually comes at once, but a
// client that was cut off several times comes back after seconds, and machines are busy.
const PATIENCE_MS = 20_000
const expectation = { poll: { timeout: PATIENCE_MS, interval: 20 } }
const ssr = { resolve: { conditions, externalConditions: conditions } }

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          expect: expectation,
          testTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'whole',
          include: ['tests/**/*.test.ts'],
          expect: expectation,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
