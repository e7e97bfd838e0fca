import { execFileSync } from 'node:child_process'
import { afterAll, afterEach, expect, test } from 'vitest'
import { bundled, Program } from '../../mnl-native/test/program.ts'
import { kernelWorld } from './suites/kernel-world.ts'
import { brokenOff } from './suites/stage.ts'

/** What becomes of packets when the program is killed, and of connections when the next one starts. */

const world = await kernelWorld()
const tables = () => execFileSync('nft', ['list', 'tables']).toString().trim()

const judge = await bundled('judge', import.meta.dirname)
afterAll(() => world[Symbol.asyncDispose]())

let program: Program
const start = async (absent: 'accept' | 'drop', verdict: 'accept' | 'reject') => {
  program = new Program(judge, [], [absent, verdict])
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
    await expect(line.say('two')).rejects.toThrow(brokenOff)
    line.close()
    await expect(world.dial('peer', 4001)).rejects.toThrow('ECONNREFUSED')
  },
)
