import type { TcpOption } from '@nfkit/ip-codec'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Tracker } from '../src/index.ts'
import { mss, TestPacket, timestamps, Wire, windowScale } from './wire.ts'

/** Mostly the next bytes of a stream in bulk, and sometimes anything else. */
const rarely = <T>(usual: T, other: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other })
const step = fc.record({
  from: rarely('client', fc.constant('server')),
  ahead: rarely(0, fc.integer({ min: -300, max: 70_000 })),
  size: rarely(100, fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 }))),
  acknowledges: rarely(0, fc.integer({ min: -10, max: 300 })),
  window: rarely(0xffff, fc.constantFrom(0, 500)),
  clock: rarely(1, fc.integer({ min: -5, max: 5 })),
  flag: rarely<'psh' | 'fin' | 'rst' | 'urg'>('psh', fc.constantFrom('fin', 'rst', 'urg')),
})

/** The same options as Linux lays them out: padding first. */
function padded(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice()
  out.set([1, 1, ...bytes.subarray(40, 50)], 40)
  return out
}

test.each([
  ['without options', [], [{ kind: 'sackPermitted' }], (bytes: Uint8Array) => bytes, true],
  ['where no answers come by', [], [{ kind: 'sackPermitted' }], (bytes: Uint8Array) => bytes, false],
  ['with a clock', undefined, undefined, padded, true],
] as const)(
  'what is read by its header alone has the verdicts it would have otherwise, %s',
  (_, plain, other, lay, isAnswered) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 0xffff_ffff }), (steps, origin) => {
        /** Once as it is predicted, and once with options that mean nothing, or stand otherwise. */
        const judged = (isPredicted: boolean) => {
          const wire = new Wire({}, undefined, [origin, 5_000])
          const tracker = new Tracker({ clock: wire.clock, judge() {} })
          const push = (bytes: Uint8Array) => {
            // Laid out otherwise, its checksum is another.
            const packet = Object.assign(new TestPacket(bytes), { checksumNotVerified: false })
            tracker.push(packet)
            return packet.verdict
          }
          let clock = 1_000
          const options = (): TcpOption[] => [...((isPredicted ? plain : other) ?? [timestamps(clock)])]
          const opening = [mss(1460), windowScale(0), ...(plain === undefined ? [timestamps(clock)] : [])]
          push(wire.bytes('client', { at: -1, syn: true, ack: false, options: opening }))
          if (isAnswered) push(wire.bytes('server', { at: -1, syn: true, options: opening }))
          const next = { client: 0, server: 0 }
          const verdicts = steps.map(({ from, ahead, size, acknowledges, window, clock: ticks, flag }) => {
            const side = isAnswered ? (from as 'client' | 'server') : 'client'
            clock += ticks
            const at = next[side] + ahead
            const said = { at, acknowledges, window, data: new Uint8Array(size), [flag]: true, options: options() }
            if (ahead === 0) next[side] += size
            const bytes = wire.bytes(side, said)
            return push(isPredicted && flag === 'psh' ? lay(bytes) : bytes)
          })
          return [verdicts, tracker.counts, tracker.bytes]
        }
        expect(judged(true)).toEqual(judged(false))
      }),
      { numRuns: 300 },
    )
  },
)

test('a listener that comes in the middle of a stream in bulk hears what follows', () => {
  const wire = new Wire()
  let listen = () => {}
  const heard: string[] = []
  const tracker = new Tracker({
    judge({ client }) {
      listen = () => void client.listen((chunk, position) => heard.push(`${position} ${Buffer.from(chunk)}`))
    },
  })
  const push = (bytes: Uint8Array) => tracker.push(new TestPacket(bytes))
  push(wire.bytes('client', { at: -1, syn: true, ack: false }))
  push(wire.bytes('server', { at: -1, syn: true }))
  for (const [at, data] of [...'abcdef'].entries()) {
    if (data === 'e') listen()
    push(wire.bytes('client', { at, data }))
  }
  expect(heard).toEqual(['4 e', '5 f'])
})
