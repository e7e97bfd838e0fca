import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { namespacePool } from './tools/namespace-pool.mjs'

/** Tests read the sources of the workspace's packages, so nothing has to be built first. */
const conditions = ['nfkit-source']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }
const kernelTests = '**/*.kernel.test.ts'
const packagingTests = 'test/*.packaging.test.ts'
const browserTests = '**/*.browser.test.ts'
const exclude = ['**/node_modules/**', '**/dist/**']

/** Where others use the machine, a real program or kernel may be late once. What holds at the second try only is printed by name. */
const retry = process.env.CI === 'true' ? 1 : 0

export default defineConfig({
  test: {
    // Many files wait more than they compute: for other processes, for the kernel, for time.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          retry,
          isolate: false,
          include: ['{packages,apps}/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...exclude, kernelTests, packagingTests, browserTests],
          // Against hangs, not slowness: a busy machine takes long for property tests.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'packaging',
          retry,
          include: [packagingTests],
          globalSetup: './test/packaging/setup.ts',
          testTimeout: 300_000,
        },
      },
      {
        ...source,
        test: {
          name: 'browser',
          retry,
          include: [`{packages,apps}/*/test/${browserTests}`],
          exclude,
          globalSetup: './apps/playground/test/browser/setup.ts',
          maxConcurrency: 3,
          testTimeout: 300_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
      {
        ...source,
        test: {
          name: 'kernel',
          retry,
          include: [`{packages,apps}/*/test/${kernelTests}`, `test/${kernelTests}`],
          exclude,
          pool: namespacePool,
          setupFiles: './tools/namespace-guard.mjs',
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
