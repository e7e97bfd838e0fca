import { putBe16 } from '@nfkit/inet/bytes'
import { expect, test } from 'vitest'
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
