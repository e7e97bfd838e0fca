import { udp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'

test.each([100, 9000])(
  'a label of a security module comes whole, whatever it is written in, before %i bytes',
  async (length) => {
    const kernel = new SimulatedKernel({ profile: 'debian-6.12' })
    await using queue = await openQueue(kernel.connect(), { number: 0, secctx: true })
    const labels: (string | undefined)[] = []
    void queue.run((packet) => {
      labels.push(packet.secctx)
      return 'accept'
    })
    const packet = udp('10.0.0.1:5000 > 10.0.0.2:53', { payload: new Uint8Array(length) })
    for (const secctx of ['system_u:object_r:sshd_t:s0', '€'.repeat(400)])
      expect(await kernel.deliver(packet, { hook: 'output', secctx })).toMatchObject({ verdict: 'accept' })
    expect(labels).toEqual(['system_u:object_r:sshd_t:s0', '€'.repeat(400)])
  },
)
