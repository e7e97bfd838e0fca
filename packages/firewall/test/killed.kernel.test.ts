import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from 'tsup'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Program } from '../../mnl-native/test/program.ts'
import { kernelWorld } from './suites/kernel-world.ts'

/** What becomes of packets when the program is killed, and of connections when the next one starts. */

/** Where the socket's package finds its native part. */
const outDir = join(import.meta.dirname, '../../mnl-native/.cache')
const world = await kernelWorld()
const tables = () => execFileSync('nft', ['list', 'tables']).toString().trim()

beforeAll(async () => {
  await build({
    config: false,
    entry: { judge: join(import.meta.dirname, 'programs/judge.ts') },
    outDir,
    format: 'esm',
    outExtension: () => ({ js: '.mjs' }),
    target: 'node20',
    noExternal: [/^@nfkit\//],
    esbuildOptions: (options) => {
      options.conditions = ['nfkit-source']
    },
    silent: true,
  })
})
afterAll(() => world[Symbol.asyncDispose]())

let program: Program
const start = async (absent: 'accept' | 'drop', verdict: 'accept' | 'reject') => {
  program = new Program(join(outDir, 'judge.mjs'), [], [absent, verdict])
  await program.printed('judging')
}
const kill = async () => {
  program.process.kill('SIGKILL')
  await program.ended
}

afterEach(async () => {
  await kill()
  execFileSync('nft', ['flush', 'ruleset'])
  await world.fresh()
})

/** How many of 100 new connections come about. */
async function attempts(): Promise<number> {
  const all = await Promise.allSettled(Array.from({ length: 100 }, () => world.dial('peer', 4001)))
  const made = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  for (const line of made) line.close()
  return made.length
}

test('absent: accept, and everything passes, 100 of 100; nothing is left', async () => {
  await start('accept', 'reject')
  await expect(world.dial('peer', 4000)).rejects.toThrow('ECONNREFUSED')
  await kill()
  expect(await attempts()).toBe(100)
  expect(tables()).toBe('')
})

test('absent: drop, and nothing new passes, 100 of 100; what was decided stays', async () => {
  await start('drop', 'accept')
  const line = await world.dial('peer', 4000)
  expect(await line.say('one')).toBe('one')
  await kill()
  expect(await attempts()).toBe(0)
  expect(await line.say('two')).toBe('two')
  line.close()
  expect(tables()).toBe('table inet killed')
})

test.each(['accept', 'drop'] as const)(
  'what waits when the program is killed is dropped by the kernel, absent: %s',
  async (absent) => {
    await start(absent, 'accept')
    const waiting = world.ask(4002, 'hello')
    await program.printed('waiting')
    await kill()
    await expect(waiting).rejects.toThrow('silence')
  },
)

test.each(['accept', 'drop'] as const)(
  'the next start honours nothing that was decided before, absent: %s',
  async (absent) => {
    await start(absent, 'accept')
    const line = await world.dial('peer', 4000)
    expect(await line.say('one')).toBe('one')
    await kill()
    await start(absent, 'reject')
    await expect(line.say('two')).rejects.toThrow('ECONNRESET')
    line.close()
    await expect(world.dial('peer', 4001)).rejects.toThrow('ECONNREFUSED')
  },
)
