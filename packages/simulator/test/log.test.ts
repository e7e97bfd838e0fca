import { udp } from '@nfkit/ip-codec/build'
import { control, messages } from '@nfkit/netlink-codec'
import { logCommand, logConfig, nflogMessage } from '@nfkit/netlink-codec/nflog'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'
import { drain } from './talk.ts'

/** A kernel that logs all that arrives to group 5, a socket that reads the group, and how many packets each datagram has. */
function logging(settings: { qthresh?: number; timeout?: number }) {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'input', log: { group: 5 } })
  const socket = kernel.socket()
  socket.bind()
  const header = { type: nflogMessage.config.type, flags: 1, resourceId: 5 }
  socket.send(encodeMessage(header, logConfig, { cmd: { command: logCommand.bind }, ...settings }))
  const counts = () =>
    drain(socket).map((bytes) => [...messages(bytes as Uint8Array)].filter(({ type }) => type !== control.done).length)
  const deliver = async (count: number) => {
    for (let i = 0; i < count; i++) await kernel.deliver(udp('192.0.2.1:1000 > 198.51.100.2:53'))
  }
  return { kernel, counts, deliver }
}

test('copies wait for the threshold of the group, or as many hundredths of a second as it says', async () => {
  const { kernel, counts, deliver } = logging({ qthresh: 3, timeout: 50 })
  await deliver(4)
  expect(counts()).toEqual([3])
  kernel.advance(0.499)
  expect(counts()).toEqual([])
  await deliver(1)
  kernel.advance(0.001)
  expect(counts()).toEqual([2])
})
