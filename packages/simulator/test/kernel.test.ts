import { udp as datagram } from '@nfkit/ip-codec/build'
import { control, decode, messages, type Table } from '@nfkit/netlink-codec'
import { conntrackMessage, expectMessage, statsCpu, statsExpect } from '@nfkit/netlink-codec/conntrack'
import { QueuedPacket } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'
import { ask, attribute, errorOf, hex, message } from './talk.ts'
import { A, CtBench, flow, tuple } from './tracking.ts'

const udp = hex('45000021762840004011c6a17f0000017f000001b92b1b58000dfe2068656c6c6f')

test('a queue is bound, gets a packet, and judges it', async () => {
  const kernel = new SimulatedKernel()
  const socket = kernel.socket()
  socket.bind()
  expect(errorOf(socket, message(0x302, {}, attribute(1, '01000000'), attribute(2, '0000ffff02')))).toBe(0)
  const outcome = kernel.deliver(udp, { hook: 'input', mark: 5 })
  const bytes = socket.receive(65536).bytes
  const packet = new QueuedPacket(bytes, 0, bytes.length)
  expect(packet).toMatchObject({ id: 1, mark: 5, hook: 1, payloadLength: 33 })
  expect(kernel.procNetlinkQueue()).toBe('    0   4242     1 2 65531     0     0        1  1\n')
  ask(socket, message(0x301, { flags: 1 }, attribute(2, '0000000000000001'), attribute(3, '0000002a')))
  expect(await outcome).toMatchObject({ verdict: 'drop', reason: 'verdict', mark: 0x2a })
})

test('a transport delivers in a later turn', async () => {
  const kernel = new SimulatedKernel()
  const transport = kernel.connect()
  const seen: number[] = []
  transport.receive({
    batch: (batch) => {
      seen.push(batch.length)
      batch.release()
    },
    error: () => {},
  })
  transport.send(message(0x302, {}, attribute(1, '01000000')))
  transport.send(message(0x302, {}, attribute(2, '0000ffff02')))
  expect(seen).toEqual([])
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(seen).toEqual([2])
})

test('connections have room for labels while a rule is about labels', async () => {
  const kernel = new SimulatedKernel()
  const labelsAfter = async (port: number) => {
    await kernel.deliver(datagram(`192.0.2.1:${port} > 198.51.100.2:53`), { queue: null })
    return kernel.conntrack.entries.find(({ name }) => name.includes(`:${port} `))?.labels
  }
  expect(await labelsAfter(1)).toBeUndefined()
  const rule = kernel.rules.add({ hook: 'prerouting', table: 'mangle', setLabel: 9 })
  expect(await labelsAfter(1)).toBeUndefined()
  expect(await labelsAfter(2)).toEqual(Uint8Array.of(0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
  const labelled = kernel.rules.add({ hook: 'input', label: 9, verdict: 'drop' })
  kernel.rules.add({ hook: 'input', label: 8, verdict: 'drop' })
  await labelsAfter(3)
  expect(labelled.matched).toBe(1)
  rule.remove()
  kernel.rules.flushRuleset()
  expect(await labelsAfter(4)).toBeUndefined()
})

test('the first processor counts entries and expectations, and others nothing', () => {
  const bench = new CtBench()
  bench.create({ ...flow(A), help: { name: 'tftp' } })
  const any = tuple('255.255.255.255:0 > 255.255.255.255:65535')
  bench.expectation({ tuple: tuple('10.1.0.2:9 > 10.1.0.1:7'), mask: any, master: tuple(A) })
  const counted = ({ type }: { type: number }, table: Table) =>
    ask(bench.socket, message(type, { flags: 0x301 }))
      .flatMap((bytes) => [...messages(bytes)])
      .filter((one) => one.type !== control.done)
      .map(({ bytes, start, end }) => Object.entries(decode(table, bytes, start + 20, end)).filter(([, n]) => n !== 0))
  expect(counted(conntrackMessage.getStatsCpu, statsCpu)).toEqual([[['insert', 1]], []])
  expect(counted(expectMessage.getStatsCpu, statsExpect)).toEqual([[['create', 1]], []])
})

test('an option there is not is refused, with the nearest', () => {
  const misspelt = (options: object) => options as never
  const kernel = new SimulatedKernel()
  expect(() => new SimulatedKernel(misspelt({ profil: '6.1' }))).toThrow('did you mean "profile"')
  expect(() => new SimulatedKernel(misspelt({ profile: '6.19' }))).toThrow(/profile: "6.19" is none of/)
  expect(() => kernel.connect(misspelt({ priviledged: false }))).toThrow('did you mean "privileged"')
  expect(() => kernel.host('192.0.2.7', misspelt({ lost: 0.1 }))).toThrow('did you mean "loss"')
  expect(() => kernel.openSocket(misspelt({ local: '10.0.0.1:443', user: 33 }))).toThrow('there is no option "user"')
})
