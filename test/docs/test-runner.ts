import { expect } from 'vitest'

export { expect }

type Step = () => unknown

/** The tests that snippets define: they run inside of the test that runs the snippet. */
const defined: { name: string; body: Step }[] = []
const before: Step[] = []
const after: Step[] = []

export const test = (name: string, body: Step): void => {
  defined.push({ name, body })
}
export const it = (name: string, body: Step): void => test(name, body)
export const describe = (_name: string, body: Step): unknown => body()
export const beforeEach = (step: Step): void => {
  before.push(step)
}
export const afterEach = (step: Step): void => {
  after.push(step)
}
export default (name: string, body: Step): void => test(name, body)

/** Run what was defined since the last time; returns how many tests that were. */
export async function runTests(): Promise<number> {
  const [tests, befores, afters] = [defined.splice(0), before.splice(0), after.splice(0)]
  for (const { body } of tests) {
    for (const step of befores) await step()
    try {
      await body()
    } finally {
      for (const step of afters) await step()
    }
  }
  return tests.length
}
