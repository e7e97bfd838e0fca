import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { bundled, Program } from '../../mnl-native/test/program.ts'
import { kernelWorld } from './suites/kernel-world.ts'

/** The first program of README.md, typed in a session from another machine. */

const world = await kernelWorld()
const folder = join(import.meta.dirname, `.session-${process.pid}`)
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await world[Symbol.asyncDispose]()
})

test('the session that starts the first example goes on, and so does a new one', async () => {
  const text = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')
  const [, code] = /^```ts\n(.*?)^```$/ms.exec(text)!
  mkdirSync(join(folder, 'programs'), { recursive: true })
  writeFileSync(join(folder, 'programs/first.ts'), `${code}\nconsole.log('judging')\n`)
  const session = await world.dial('here', 4000)
  expect(await session.say('before')).toBe('before')
  const program = new Program(await bundled('first', folder))
  try {
    await program.printed('judging')
    expect(execFileSync('nft', ['list', 'tables']).toString()).toContain('parental')
    expect(await session.say('after')).toBe('after')
    const second = await world.dial('here', 4001)
    expect(await second.say('hello')).toBe('hello')
    second.close()
  } finally {
    program.process.kill('SIGKILL')
    await program.ended
  }
  expect(await session.say('at last')).toBe('at last')
  session.close()
})
