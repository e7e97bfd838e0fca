import { type ConntrackTable, FlowLookup, openConntrack } from '@nfkit/conntrack'
import { parseIp } from '@nfkit/ip-codec'
import { fragments, icmp, icmpEcho, icmpUnreachable, ipPacket, udp } from '@nfkit/ip-codec/build'
import { openQueue, type Packet } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { describe, expect, test } from 'vitest'

type Rule = Parameters<SimulatedKernel['rules']['add']>[0]
type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
type Deliver = Parameters<SimulatedKernel['deliver']>[1]

/** The same traffic, judged with connections the kernel sends and with connections that are looked up. */
async function judged(glue: boolean, rules: readonly Rule[], hook: Hook, packets: readonly [Uint8Array, Deliver][]) {
  const kernel = new SimulatedKernel({ profile: glue ? 'debian-6.12' : '6.18' })
  for (const rule of rules) kernel.rules.add(rule)
  kernel.rules.add({ hook, table: 'mangle', queue: 0 })
  const table: ConntrackTable = await openConntrack(kernel.connect())
  const flows = glue ? {} : { flows: new FlowLookup(table, { maxAgeMilliseconds: 0 }) }
  const queue = await openQueue(kernel.connect(), { number: 0, ...flows })
  const troubles: string[] = []
  queue.on('trouble', (error) => troubles.push(`${error}`))
  const seen: (string | undefined)[] = []
  queue.run((packet: Packet) => {
    const { flow } = packet
    seen.push(flow && `${flow.original.source.address} > ${flow.original.destination.address}`)
    packet.accept({ connmark: 5 })
  })
  for (const [bytes, options] of packets) await kernel.deliver(bytes, options)
  const marks = kernel.conntrack.entries.map(({ mark }) => mark)
  await queue.close()
  table.close()
  return { seen, marks, troubles }
}

const through = { hook: 'forward', indev: 'lo', outdev: 'eth0' } as const
const back = { hook: 'forward', indev: 'eth0', outdev: 'lo' } as const
const snat: Rule = { hook: 'postrouting', table: 'nat', snat: '203.0.113.9:777' }
const dnat: Rule = { hook: 'prerouting', table: 'nat', dnat: '10.0.0.9:5353' }
const ask = udp('192.0.2.1:4000 > 198.51.100.2:53')
const answers = {
  none: udp('198.51.100.2:53 > 192.0.2.1:4000'),
  snat: udp('198.51.100.2:53 > 203.0.113.9:777'),
  dnat: udp('10.0.0.9:5353 > 192.0.2.1:4000'),
  both: udp('10.0.0.9:5353 > 203.0.113.9:777'),
}
const translations = { none: [], snat: [snat], dnat: [dnat], both: [snat, dnat] } as const
const flow = '192.0.2.1 > 198.51.100.2'

describe('a looked-up flow is the one a kernel with glue sends', () => {
  const hooks = ['prerouting', 'forward', 'postrouting'] as const
  const cases = (Object.keys(translations) as (keyof typeof translations)[]).flatMap((name) =>
    hooks.map((hook) => [name, hook] as const),
  )
  // Between two translations a packet has neither tuple of its entry: `FlowLookup` says so.
  test.each(cases.filter(([name, hook]) => name !== 'both' || hook === 'prerouting'))(
    '%s at %s',
    async (name, hook) => {
      const traffic: [Uint8Array, Deliver][] = [
        [ask, through],
        [ask, through],
        [answers[name], back],
        [ask, through],
      ]
      const [glue, lookup] = [
        await judged(true, translations[name], hook, traffic),
        await judged(false, translations[name], hook, traffic),
      ]
      expect(glue).toEqual({ seen: [flow, flow, flow, flow], marks: [5], troubles: [] })
      expect(lookup).toEqual({ ...glue, seen: [undefined, flow, flow, flow] })
    },
  )

  test('redirected to this host, at input and output', async () => {
    const redirect: Rule = { hook: 'prerouting', table: 'nat', dnat: '192.0.2.254:5353' }
    const answer = udp('192.0.2.254:5353 > 192.0.2.1:4000')
    for (const hook of ['input', 'output'] as const) {
      const traffic: [Uint8Array, Deliver][] = [
        [ask, { indev: 'eth0' }],
        [answer, { hook: 'output', outdev: 'eth0' }],
        [ask, { indev: 'eth0' }],
        [answer, { hook: 'output', outdev: 'eth0' }],
      ]
      const lookup = await judged(false, [redirect], hook, traffic)
      const glue = await judged(true, [redirect], hook, traffic)
      expect(lookup.seen.slice(1), hook).toEqual(glue.seen.slice(1))
      expect(lookup.marks).toEqual([5])
      expect(lookup.troubles).toEqual([])
    }
  })

  test('of an ICMP error it is that of the packet it is about', async () => {
    const about = icmpUnreachable('198.51.100.2 > 192.0.2.1', ask)
    const traffic: [Uint8Array, Deliver][] = [
      [ask, through],
      [about, back],
    ]
    const [glue, lookup] = [await judged(true, [], 'forward', traffic), await judged(false, [], 'forward', traffic)]
    expect(glue.seen).toEqual([flow, flow])
    expect(lookup).toEqual({ ...glue, seen: [undefined, flow] })
  })
})

describe('packets without a connection have none, and one trouble in all', () => {
  const later = fragments(
    udp('192.0.2.1:1 > 198.51.100.2:2', { payload: new Uint8Array(3000), dontFragment: false }),
    1280,
  )[1]!
  test.each([
    ['untracked', ask, [{ hook: 'prerouting', table: 'raw', notrack: true }]],
    ['a later fragment', later, []],
    ['ICMP that starts no exchange', icmp('192.0.2.1 > 198.51.100.2', { type: 9 }), []],
  ] as const)('%s', async (_what, bytes, rules) => {
    const traffic: [Uint8Array, Deliver][] = [
      [bytes, through],
      [bytes, through],
      [bytes, through],
    ]
    const { seen, troubles } = await judged(false, [...rules], 'forward', traffic)
    expect(seen).toEqual([undefined, undefined, undefined])
    expect(troubles).toEqual([expect.stringContaining('no connection to set the connmark on')])
  })

  test('GRE is looked up by its keys, which are 0 but for PPTP', async () => {
    const ends = { source: '192.0.2.1', destination: '198.51.100.2' }
    const gre = ipPacket(ends, 47, Uint8Array.of(0, 0, 8, 0, 1, 2, 3, 4))
    const traffic: [Uint8Array, Deliver][] = [
      [gre, through],
      [gre, through],
    ]
    const [glue, lookup] = [await judged(true, [], 'forward', traffic), await judged(false, [], 'forward', traffic)]
    expect(lookup).toEqual({ ...glue, seen: [undefined, flow] })
  })
})

test('an echo is looked up by its identifier', async () => {
  const ping = icmpEcho('192.0.2.1 > 198.51.100.2', { id: 7 })
  expect(parseIp(ping)).toBeDefined()
  const traffic: [Uint8Array, Deliver][] = [
    [ping, through],
    [ping, through],
  ]
  expect(await judged(false, [], 'forward', traffic)).toEqual({ seen: [undefined, flow], marks: [5], troubles: [] })
})

test('between two translations there is none, which is told once', async () => {
  const rules: Rule[] = [
    { hook: 'postrouting', table: 'nat', snat: '203.0.113.9:777' },
    { hook: 'prerouting', table: 'nat', dnat: '10.0.0.9:5353' },
  ]
  const traffic: [Uint8Array, Deliver][] = Array.from({ length: 4 }, () => [ask, through])
  const { seen, troubles } = await judged(false, rules, 'forward', traffic)
  expect(seen).toEqual([undefined, undefined, undefined, undefined])
  expect(troubles).toEqual([expect.stringContaining('between two translations')])
})
