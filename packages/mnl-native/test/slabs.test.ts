import type { Batch } from '@nfkit/netlink-transport'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { Slabs } from '../src/slabs.ts'

interface Held {
  readonly batch: Batch
  readonly bytes: Uint8Array
  readonly spans: number[]
}

/** What the native part does: fill slots from the cursor on. */
function burst(slabs: Slabs, wanted: number): Held {
  const first = slabs.cursor
  const length = Math.min(wanted, slabs.slots - first)
  for (let i = 0; i < length; i++) slabs.spans.set([(first + i) * slabs.slotSize, 10], 2 * i)
  const bytes = slabs.bytes
  const batch = slabs.lease(length)
  slabs.advance()
  return { batch, bytes, spans: [...slabs.spans.subarray(0, 2 * length)] }
}

const slotsOf = ({ spans }: Held) => spans.filter((_, i) => i % 2 === 0)

const step = fc.record({ length: fc.integer({ min: 1, max: 9 }), release: fc.option(fc.nat(), { nil: undefined }) })

test('no two leases share a slot, and there is always room for another', () => {
  const property = fc.property(fc.integer({ min: 1, max: 9 }), fc.array(step, { maxLength: 60 }), (slots, steps) => {
    const slabs = new Slabs(slots, 64)
    const held: Held[] = []
    for (const { length, release } of steps) {
      const next = burst(slabs, length)
      expect(next.spans.length).toBeGreaterThan(0)
      expect(next.batch.bytes).toBe(next.bytes)
      for (const other of held) {
        if (other.bytes !== next.bytes) continue
        for (const at of slotsOf(next)) expect(slotsOf(other)).not.toContain(at)
      }
      held.push(next)
      if (release !== undefined) held.splice(release % held.length, 1)[0]!.batch.release()
    }
    for (const { batch } of held) batch.release()
  })
  fc.assert(property)
})

test('memory goes round: what is released soon needs one slab, what is kept for a while a few', () => {
  const slabs = new Slabs(8, 64)
  const seen = new Set<ArrayBufferLike>()
  for (let i = 0; i < 100; i++) {
    const { batch, bytes } = burst(slabs, 5)
    seen.add(bytes.buffer)
    batch.release()
  }
  expect(seen.size).toBeLessThanOrEqual(2)
  const kept: Batch[] = []
  for (let i = 0; i < 100; i++) {
    const { batch, bytes } = burst(slabs, 5)
    seen.add(bytes.buffer)
    kept.push(batch)
    if (kept.length > 4) kept.shift()!.release()
  }
  expect(seen.size).toBeLessThanOrEqual(8)
  for (const batch of kept) batch.release()
})

test('leases are brief while four retired slabs are kept by others, of whatever size and transport', () => {
  const slabs = new Slabs(4, 64)
  const long: Batch[] = []
  let last: Batch
  do {
    last = burst(slabs, 4).batch
    long.push(last)
  } while (!last.brief)
  expect(long.length).toBeGreaterThanOrEqual(5)
  expect(long.length).toBeLessThanOrEqual(7)
  const other = new Slabs(3, 128)
  const theirs = burst(other, 1).batch
  expect(theirs.brief).toBe(true)
  theirs.release()
  for (const batch of long) batch.release()
  const next = burst(other, 1).batch
  expect(next.brief).toBe(false)
  next.release()
})

test('small slabs beside large ones have places, a cursor and a limit of their own', () => {
  const large = new Slabs(4, 640)
  const small = new Slabs(4, 64, large)
  const long: Batch[] = []
  let last: Batch
  do {
    last = burst(small, 4).batch
    long.push(last)
  } while (!last.brief)
  expect(large.cursor).toBe(0)
  const beside = burst(large, 3)
  expect(beside.batch.brief).toBe(false)
  expect(long.map(({ bytes }) => bytes.length)).toEqual(long.map(() => 4 * 64))
  expect([large.cursor, small.full]).toEqual([3, false])
  for (const batch of [...long, beside.batch]) batch.release()
  expect([large.cursor, burst(small, 1).batch.brief]).toEqual([0, false])
})

test('a slab that cannot be had is asked for again, and the one there is serves until it is full', () => {
  const slabs = new Slabs(8, 200)
  const first = burst(slabs, 5)
  const memory = vi.spyOn(globalThis, 'ArrayBuffer').mockImplementation(function none() {
    throw new RangeError('Array buffer allocation failed')
  } as never)
  try {
    expect(() => new Slabs(8, 201)).toThrow(
      expect.objectContaining({ syscall: 'mmap', code: 'ENOMEM', effect: 'none' }),
    )
    const second = burst(slabs, 3)
    expect(second.bytes).toBe(first.bytes)
    expect(slabs.full).toBe(true)
    expect(slabs.advance()).toBeUndefined()
    first.batch.release()
    expect(slabs.full).toBe(true)
    second.batch.release()
    expect(slabs.full).toBe(false)
    burst(slabs, 8)
    expect(slabs.full).toBe(true)
  } finally {
    memory.mockRestore()
  }
  expect(slabs.advance()).not.toBe(first.bytes)
  expect(slabs.full).toBe(false)
})

test('releasing twice is releasing once', () => {
  const slabs = new Slabs(8, 64)
  const first = burst(slabs, 2)
  const second = burst(slabs, 2)
  first.batch.release()
  first.batch.release()
  expect(slotsOf(burst(slabs, 2))).not.toEqual(slotsOf(second))
  expect(slabs.cursor).toBe(6)
})

test('memory of a closed transport serves the next, but not before its leases end', () => {
  const first = new Slabs(8, 192)
  const { batch, bytes } = burst(first, 2)
  first.close()
  const second = new Slabs(8, 192)
  expect(second.bytes).not.toBe(bytes)
  batch.release()
  const third = new Slabs(8, 192)
  expect(third.bytes).toBe(bytes)
  expect(burst(third, 2).spans[0]).toBe(0)
  second.close()
  second.close()
  expect(new Slabs(8, 192).bytes).not.toBe(new Slabs(8, 192).bytes)
})
