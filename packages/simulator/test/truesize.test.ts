import { putBe16 } from '@nfkit/inet/bytes'
import { expect, test } from 'vitest'
import { measuredTruesize, truesizeOf } from '../src/socket/truesize.ts'
import { Bench, udp } from './queueing.ts'

test('the default buffer holds as many packets of each size as were measured', () => {
  for (const [payload, fits] of [
    [20, 256],
    [200, 166],
    [500, 166],
    [1000, 92],
    [1400, 92],
    [4000, 25],
  ] as const) {
    const bench = new Bench()
    const packet = new Uint8Array(payload)
    packet.set(udp.subarray(0, 20))
    putBe16(packet, 2, payload)
    for (let i = 0; i < 300; i++) void bench.kernel.deliver(packet)
    expect(bench.socket.received.length).toBe(fits)
  }
})

test.each([
  [1, 832],
  [190, 832],
  [191, 1280],
  [640, 1280],
  [641, 2304],
  [1600, 2304],
  [1601, 4352],
  [3700, 4352],
  [3701, 8448],
  [7700, 8448],
  [7701, 16_640],
  [16_000, 16_640],
  [16_001, 16_761],
])('a datagram of %i bytes is charged %i', (length, charged) => {
  expect(truesizeOf(length, measuredTruesize)).toBe(charged)
})
