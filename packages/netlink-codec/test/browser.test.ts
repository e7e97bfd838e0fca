import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, describe, expect, test } from 'vitest'
import { messages, messageToJson } from '../src/index.ts'
import { everything } from './everything.ts'
import { received } from './golden.ts'

const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { encoding: 'utf8' }).status === 0,
)
const folder = mkdtempSync(join(tmpdir(), 'netlink-codec-browser-'))
const source = fileURLToPath(new URL('./everything.ts', import.meta.url))
const { bytes } = received['the answer to a get']

/** The package as one classic script: a page opened from a file may load no module. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    format: 'iife',
    globalName: 'codec',
    platform: 'browser',
    conditions: ['nfkit-source'],
    write: false,
  })
  return outputFiles[0]!.text
}

const page = (script: string) => `<!doctype html><meta charset="utf-8"><pre></pre><script>${script}</script><script>
const { everything, surface } = codec
const bytes = Uint8Array.from([${bytes}])
const json = [...surface.messages(bytes)].map((message) => surface.messageToJson(message, everything))
document.querySelector('pre').textContent = JSON.stringify(json)
</script>`

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(chromium === undefined)('in a browser (skipped where no Chromium is installed)', () => {
  test('a page decodes what the kernel sent', { timeout: 120_000 }, async () => {
    const file = join(folder, 'page.html')
    writeFileSync(file, page(await bundle()))
    const quiet = ['--no-first-run', '--disable-quic', '--disable-sync', '--disable-component-update']
    const { stdout, stderr } = spawnSync(
      chromium!,
      [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', ...quiet],
        ...[`--user-data-dir=${join(folder, 'profile')}`, '--dump-dom', pathToFileURL(file).href],
      ],
      { encoding: 'utf8', timeout: 110_000 },
    )
    const text = /<pre>(.*)<\/pre>/s.exec(stdout)?.[1]
    expect(text, stderr).toBeDefined()
    expect(JSON.parse(text!)).toEqual([...messages(bytes)].map((message) => messageToJson(message, everything)))
  })
})
