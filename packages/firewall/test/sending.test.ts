import { udp } from '@nfkit/ip-codec/build'
import { u16 } from '@nfkit/netlink-codec'
import { nfqueueMessage } from '@nfkit/netlink-codec/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { expect, onTestFinished, test } from 'vitest'
import { type ConnectionJudge, openFirewall } from '../src/index.ts'

/** A firewall, and how many verdict messages each send had. */
async function judgedBy(judge: ConnectionJudge) {
  const kernel = new SimulatedKernel()
  const sends: number[] = []
  const transport = () => {
    const one = kernel.connect()
    const { send } = one
    one.send = (datagram) => {
      if (u16(datagram, 4) === nfqueueMessage.verdict.type) sends.push(datagram.length / u16(datagram, 0))
      send.call(one, datagram)
    }
    return one
  }
  const firewall = await openFirewall({
    ...{ transport, judge, name: 'office', absent: 'accept' },
    ...{ hooks: ['output'], match: 'udp dport 53' },
  })
  onTestFinished(() => firewall.close())
  const deliver = (ports: readonly number[]) =>
    Promise.all(
      ports.map((port) =>
        kernel.deliver(udp(`192.0.2.1:${port} > 198.51.100.2:53`), { hook: 'output', outdev: 'eth0' }),
      ),
    )
  return { firewall, sends, deliver }
}

const late: ConnectionJudge = async () => {
  await undefined
  return 'accept' as const
}

test('the verdict of a connection that is judged alone has left when that is told', async () => {
  const { firewall, sends, deliver } = await judgedBy(late)
  const before: number[][] = []
  firewall.on('judged', () => before.push([...sends]))
  await deliver([4_000])
  expect(before).toEqual([[1]])
  expect(sends).toEqual([1])
})

test('verdicts of connections that are judged together leave together', async () => {
  const { firewall, sends, deliver } = await judgedBy(late)
  const before: number[] = []
  firewall.on('judged', () => before.push(sends.length))
  const ports = Array.from({ length: 40 }, (_, i) => 4_000 + i)
  const outcomes = await deliver(ports)
  expect(outcomes.map(({ verdict }) => verdict)).toEqual(ports.map(() => 'accept'))
  expect(sends).toEqual([40])
  expect(before).toEqual(ports.map((_, i) => (i === 39 ? 1 : 0)))
})

test('so do those of judges that answer at once', async () => {
  const { sends, deliver } = await judgedBy(() => 'accept')
  await deliver(Array.from({ length: 40 }, (_, i) => 4_000 + i))
  expect(sends).toEqual([40])
})
