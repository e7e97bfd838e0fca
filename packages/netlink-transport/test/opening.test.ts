import { afterEach, expect, test } from 'vitest'
import { opened, type Transport, type Wrap, wrapOpened } from '../src/index.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})
const wrapped = (wrap: Wrap) => ends.push(wrapOpened(wrap))

/** A transport of which only the end counts. */
function transport(): Transport & { closed: boolean } {
  const made = {
    closed: false,
    close() {
      made.closed = true
    },
  }
  return made as Transport & { closed: boolean }
}
const named =
  (name: string): Wrap =>
  (inner) =>
    Object.assign(Object.create(inner), { names: [...((inner as { names?: string[] }).names ?? []), name] })

test('a transport that is opened is the one that was made, unless somebody wraps it', () => {
  const made = transport()
  expect(opened(made)).toBe(made)
  wrapped(named('inner'))
  wrapped(named('outer'))
  expect(opened(made)).toMatchObject({ names: ['inner', 'outer'] })
  for (const end of ends) end()
  expect(opened(made)).toBe(made)
})

test('another copy of this module in the process is told, too', async () => {
  wrapped(named('by the first'))
  const copy = '../src/opening.ts?copy'
  const other = (await import(copy)) as typeof import('../src/opening.ts')
  expect(other.opened).not.toBe(opened)
  expect(other.opened(transport())).toMatchObject({ names: ['by the first'] })
})

test('a wrap that throws fails the opening, and leaves no socket behind', () => {
  wrapped(() => {
    throw new Error('no')
  })
  const made = transport()
  expect(() => opened(made)).toThrow('no')
  expect(made.closed).toBe(true)
})
