import { formatAddress } from '@nfkit/inet'
import { messageFlags } from '@nfkit/netlink-codec'
import { encodeSocketRequest, socketMessage, socketOf } from '@nfkit/netlink-codec/sock-diag'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'

test('a socket of IPv6 that is connected to IPv4 tells its other end as IPv6', async () => {
  const kernel = new SimulatedKernel()
  kernel.openSocket({ protocol: 'udp', local: '[::]:53', remote: '10.0.0.2:4000' })
  const transport = kernel.connect({ protocol: 4 })
  const inbox = new Inbox()
  transport.receive(inbox)
  const header = { type: socketMessage.byFamily.type, flags: messageFlags.request | messageFlags.dump }
  transport.send(encodeSocketRequest(header, { family: 10, protocol: 17, states: 0xffff_ffff }))
  await new Promise((resolve) => setImmediate(resolve))
  transport.close()
  const { dport, dst } = socketOf(inbox.messages[0]!).header
  expect([formatAddress(dst), dport]).toEqual(['::ffff:10.0.0.2', 4000])
})
