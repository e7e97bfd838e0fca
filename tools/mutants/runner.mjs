/** Runs the simulator's tests in this process, without vitest's own: starting those costs more than the tests. */
import { expect, vi } from 'vitest'
import { whenIdle } from './idle.mjs'

export { expect, vi }

/** A test waits for a second at most. */
const idleSeconds = 15
const tests = []
let path = []
let hooks = { before: [], after: [] }
const finishing = []

export const test = (name, body) => tests.push({ name: [...path, name].join(': '), body, ...hooks })
export const beforeEach = (hook) => hooks.before.push(hook)
export const afterEach = (hook) => hooks.after.push(hook)
export const onTestFinished = (hook) => finishing.push(hook)

export function describe(name, body) {
  const outer = hooks
  hooks = { before: [...outer.before], after: [...outer.after] }
  path.push(name)
  body()
  path.pop()
  hooks = outer
}

const each = (define) => (rows) => (name, body) => {
  for (const [i, row] of rows.entries()) define(`${name} (${i})`, () => body(...[row].flat()))
}
test.each = each(test)
describe.each = each(describe)

/** Load a file of tests, which are named after it. */
export async function within(file, load) {
  path = [file]
  hooks = { before: [], after: [] }
  await load()
}

/** Run all of them, and print the names of those that fail. */
export async function run() {
  const failed = []
  for (const { name, body, before, after } of tests) {
    const cancel = whenIdle(idleSeconds, () => end([...failed, `${name}: no end`]))
    try {
      for (const hook of before) await hook()
      await body()
      for (const hook of [...finishing.splice(0), ...after]) await hook()
    } catch {
      failed.push(name)
    }
    cancel()
  }
  end(failed)
}

function end(failed) {
  process.stdout.write(`${JSON.stringify(failed)}\n`, () => process.exit(failed.length > 0 ? 1 : 0))
}
