import { expect, test } from 'vitest'
import { collect } from '../../../test/garbage.ts'
import { Burst } from '../src/packet/burst.ts'

/** A burst in memory of its own, and what tells whether that is still there, and what its batch heard. */
function burstOf() {
  const heard: string[] = []
  const bytes = new Uint8Array(100)
  const [release, abandon] = [() => void heard.push('release'), () => void heard.push('abandon')]
  const batch = { bytes, spans: Int32Array.of(0, 100), length: 1, brief: false, release, abandon }
  return { burst: new Burst(batch), memory: new WeakRef(bytes.buffer), heard }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test.each([
  ['judged', 'letGo', 'release'],
  ['left to the queue', 'abandon', 'abandon'],
] as const)('packets that are kept keep no memory of their burst when the last one is %s', async (_, last, told) => {
  const { burst, memory, heard } = burstOf()
  expect(burst.words?.length).toBe(25)
  burst.hold()
  burst.hold()
  burst.letGo()
  burst[last]()
  expect(burst.bytes.length, 'one waits yet').toBe(100)
  expect(heard).toEqual(last === 'abandon' ? ['abandon'] : [])
  burst.letGo()
  expect(heard).toEqual([told])
  // What was copied from last is remembered, whatever it was.
  expect(burstOf().burst.words?.length).toBe(25)
  await turn()
  collect()
  expect(memory.deref()).toBe(undefined)
  expect(burst.arrivedAt).toBeGreaterThan(0)
})
