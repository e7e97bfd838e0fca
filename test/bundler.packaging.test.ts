import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { build as viteBuild } from 'vite'
import { describe, expect, onTestFinished, test } from 'vitest'
import { consumer } from './packaging/consumer.ts'
import { run } from './packaging/program.ts'

const project = await consumer('bundler')

/** Opens a socket through the native part, and judges a packet on a simulated kernel. */
const program = `
import { udp } from '@nfkit/ip-codec/build'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'

async function main() {
  const kernel = new SimulatedKernel()
  const queue = await openQueue(kernel.connect(), { number: 0 })
  queue.run((packet) => packet.accept({ mark: 7 }))
  const { mark } = await kernel.deliver(udp('192.0.2.1:4000 > 198.51.100.2:53'))
  await queue.close()
  const socket = openMnl()
  console.log(mark, socket.portId > 0)
  socket.close()
}
main().catch((error) => {
  console.error(error.name + ': ' + error.message)
  process.exitCode = 1
})
`

const main = project.write('main.mjs', program)

const ran = (file: string, cwd = project.directory) => run(process.execPath, [file], { cwd })
const works = { status: 0, stdout: '7 true\n', stderr: '' }

/** Each bundler as the guide has it, with the packages left outside. */
const bundlers: readonly (readonly [name: string, bundle: (out: string) => Promise<unknown>])[] = [
  [
    'esbuild',
    (outfile) =>
      build({ entryPoints: [main], bundle: true, platform: 'node', format: 'esm', external: ['@nfkit/*'], outfile }),
  ],
  [
    'Rollup',
    async (file) => {
      const bundle = await rollup({ input: main, external: [/^@nfkit\//] })
      await bundle.write({ file, format: 'es' })
    },
  ],
  [
    'Vite',
    (file) =>
      viteBuild({
        root: project.directory,
        configFile: false,
        logLevel: 'silent',
        ssr: { external: ['@nfkit/nfqueue', '@nfkit/mnl-native'] },
        build: { ssr: main, outDir: dirname(file), rollupOptions: { output: { entryFileNames: 'vite.mjs' } } },
      }),
  ],
]

describe.each(bundlers)('%s', (name, bundle) => {
  test('with the packages outside, as the guide says, makes a program that runs', async () => {
    const file = join(project.directory, 'dist', `${name.toLowerCase()}.mjs`)
    await bundle(file)
    expect(await ran(file)).toEqual(works)
  })
})

/** What is bundled runs somewhere else, where no package is. */
async function bundledWhole(format: 'esm' | 'cjs'): Promise<string> {
  const outfile = join(project.directory, 'whole', format === 'esm' ? 'main.mjs' : 'main.cjs')
  await build({ entryPoints: [main], bundle: true, platform: 'node', format, outfile, logLevel: 'silent' })
  const alone = mkdtempSync(join(tmpdir(), 'nfkit-alone-'))
  onTestFinished(() => rmSync(alone, { recursive: true }))
  cpSync(dirname(outfile), alone, { recursive: true })
  return join(alone, format === 'esm' ? 'main.mjs' : 'main.cjs')
}

test.each(['esm', 'cjs'] as const)('a bundle with the packages inside (%s) says that it is one', async (format) => {
  const file = await bundledWhole(format)
  const { status, stdout, stderr } = await ran(file, dirname(file))
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^NativeUnavailableError: .*it was bundled.*--external:@nfkit\/\*.*\n$/)
})
