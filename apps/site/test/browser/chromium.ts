import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

// What is only a hint to install it is none.
const program = ['chromium', 'chromium-browser', 'google-chrome']
  .map((name) => `/usr/bin/${name}`)
  .find((path) => spawnSync(path, ['--version']).status === 0)

/** Why there is no browser here, `undefined` where there is one. */
export const noChromium = program === undefined ? 'no Chromium is installed' : undefined

const quiet = [
  'no-first-run',
  'disable-quic',
  'disable-sync',
  'disable-component-update',
  'disable-background-networking',
]

/** The system's Chromium with a profile of its own, which goes with it. */
export async function openChromium(): Promise<BrowserContext & AsyncDisposable> {
  const profile = mkdtempSync(join(tmpdir(), 'nfkit-site-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program!,
    args: ['no-sandbox', 'disable-gpu', ...quiet].map((name) => `--${name}`),
    viewport: { width: 1280, height: 900 },
  })
  return Object.assign(context, {
    async [Symbol.asyncDispose]() {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  })
}
