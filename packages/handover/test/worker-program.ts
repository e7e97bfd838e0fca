import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

/** The program `worker.ts` as JavaScript, and where it writes what it has decided. */
export interface WorkerProgram extends Disposable {
  readonly url: URL
  readonly folder: string
  /** Numbers of the packets that all workers of today have decided on. */
  decided(): number[]
}

/** Built from the sources of all packages but the one with the addon. */
export async function workerProgram(): Promise<WorkerProgram> {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const outdir = mkdtempSync(join(root, '.cache/worker-'))
  await build({
    absWorkingDir: root,
    entryPoints: ['test/programs/worker.ts'],
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    conditions: ['nfkit-source'],
    external: ['@nfkit/mnl-native'],
  })
  const folder = join(outdir, 'decided')
  mkdirSync(folder)
  const words = (file: string) => new Uint32Array(new Uint8Array(readFileSync(join(folder, file))).buffer)
  return {
    url: new URL(`file://${join(outdir, 'worker.js')}`),
    folder,
    decided: () => readdirSync(folder).flatMap((file) => Array.from(words(file))),
    [Symbol.dispose]: () => rmSync(outdir, { recursive: true, force: true }),
  }
}
