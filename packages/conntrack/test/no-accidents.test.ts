import { messages } from '@nfkit/netlink-codec'
import {
  conntrack,
  conntrackMessage,
  expectMessage,
  expect as expectTable,
  helper,
  helperMessage,
  timeoutMessage,
  timeoutPolicy,
} from '@nfkit/netlink-codec/conntrack'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { profiles, SimulatedKernel } from '@nfkit/simulator'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ConntrackTable, type FlowFilter, openConntrack } from '../src/index.ts'
import { tcp, udp6 } from './suites/tuples.ts'

/** A table whose requests are overheard. */
async function overheard(kernel: SimulatedKernel) {
  const transport = kernel.connect()
  const sent: Uint8Array[] = []
  const send = transport.send.bind(transport)
  transport.send = (datagram) => {
    sent.push(datagram.slice())
    send(datagram)
  }
  return { ct: await openConntrack(transport), sent }
}

const property = <T>(name: string, arbitrary: fc.Arbitrary<T>, holds: (value: T) => Promise<void>) =>
  test(name, () => fc.assert(fc.asyncProperty(arbitrary, holds), { numRuns: 300 }))

const end = fc.record({
  address: fc.constantFrom('10.0.0.1', 'fd00::1', '', '0.0.0.0'),
  port: fc.option(fc.nat(0xffff)),
})
/** Whatever a program may pass by mistake: nearly right, or not at all. */
const anything = fc.oneof(
  fc.anything(),
  fc.record(
    {
      id: fc.nat(),
      zone: fc.oneof(fc.nat(0xffff), fc.anything()),
      protocol: fc.constantFrom('tcp', 'icmp', 6, 0, 99, undefined, ''),
      source: fc.oneof(end, fc.anything()),
      destination: fc.oneof(end, fc.anything()),
      name: fc.constantFrom('', undefined, null, 0, 'a', 'a'.repeat(64)),
      family: fc.constantFrom('ipv4', 'ipv6', undefined, 2),
    },
    { requiredKeys: [] },
  ),
) as fc.Arbitrary<never>

describe('no value whatsoever makes a call that means one thing send a request that means all', () => {
  let table: Awaited<ReturnType<typeof overheard>>
  beforeAll(async () => {
    table = await overheard(new SimulatedKernel({ profile: '7.2' }))
  })
  const calls: readonly (readonly [string, number, (ct: ConntrackTable, of: never) => Promise<unknown>, number])[] = [
    ['delete', conntrackMessage.delete.type, (ct, of) => ct.delete(of), conntrack.rows.tupleOrig.id],
    [
      'expectations.delete',
      expectMessage.delete.type,
      (ct, of) => ct.expectations.delete(of),
      expectTable.rows.tuple.id,
    ],
    ['timeouts.delete', timeoutMessage.delete.type, (ct, of) => ct.timeouts.delete(of), timeoutPolicy.rows.name.id],
    ['helpers.delete', helperMessage.delete.type, (ct, of) => ct.helpers.delete(of), helper.rows.name.id],
  ]
  for (const [name, type, call, names] of calls) {
    property(name, anything, async (of) => {
      const { ct, sent } = table
      sent.length = 0
      await call(ct, of).catch((error: unknown) => expect(error).toBeInstanceOf(Error))
      for (const bytes of sent)
        for (const message of messages(bytes))
          if (message.type === type) expect(netfilterOf(message).attrs.find(names)).toBeGreaterThan(0)
    })
  }
})

describe('flush removes what a dump with the same filter lists, and nothing else', () => {
  const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const mark = fc.oneof(fc.nat(3), fc.record({ value: fc.nat(3), mask: fc.nat(3) }))
  const port = fc.oneof(fc.nat(4), fc.record({ first: fc.nat(4), last: fc.nat(4) }))
  const bits = fc.subarray(['assured', 'seenReply', 'confirmed'] as const)
  const one = fc.record(
    {
      family: fc.constantFrom('ipv4', 'ipv6'),
      protocol: fc.constantFrom('tcp', 'udp', 17, 'sctp'),
      source: fc.constantFrom('10.0.0.1', '10.0.0.0/8', '!10.0.0.0/8', 'fd00::/8', '::/0'),
      destination: fc.constantFrom('10.0.0.2', 'fd00::2', '!fd00::2'),
      host: fc.constantFrom('10.0.0.1', '!10.0.0.0/8', 'fd00::2', '10.9.9.9'),
      port,
      sourcePort: port,
      destinationPort: port,
      direction: fc.constantFrom('original', 'reply', 'either'),
      mark,
      status: fc.oneof(bits, fc.record({ set: bits, clear: bits }, { requiredKeys: [] })),
      zone: fc.constantFrom(0, 5),
      state: fc.constantFrom('established', 'none'),
    },
    { requiredKeys: [] },
  )
  const filter = fc
    .tuple(one, maybe(one))
    .map(([filter, not]) => (not === undefined ? filter : { ...filter, not })) as fc.Arbitrary<FlowFilter>
  const names = Object.keys(profiles) as (keyof typeof profiles)[]
  const profile = fc.constantFrom(...names)
  const open = async (profile: keyof typeof profiles) => openConntrack(new SimulatedKernel({ profile }).connect())
  const tables = new Map(names.map((name) => [name, open(name)]))

  property('as any kernel', fc.tuple(profile, filter), async ([profile, filter]) => {
    const ct = await tables.get(profile)!
    const flows = [1, 2, 3].flatMap((port) => {
      const more = { timeoutSeconds: 600, mark: port, ...(port === 3 ? { status: ['assured'] as const } : {}) }
      const zoned = tcp(port, port === 2 ? { zone: 5 } : {})
      return [{ ...more, original: zoned, tcp: { state: 'established' } } as const, { ...more, original: udp6(port) }]
    })
    await Promise.all([ct.flush(), ...flows.map((flow) => ct.create(flow))])
    const ids = async (filter?: FlowFilter) => (await ct.dump(filter).toArray()).map(({ id }) => id)
    const before = await ids()
    const meant = await ids(filter).catch((error: Error) => error)
    if (meant instanceof Error) {
      await expect(ct.flush(filter)).rejects.toMatchObject({ name: meant.name, message: meant.message })
      expect(await ids()).toEqual(before)
      return
    }
    const refused = await ct.flush(filter).then(
      () => false,
      (error: Error) => error.name === 'EncodeError',
    )
    expect(await ids()).toEqual(before.filter((id) => refused || !meant.includes(id)))
    // Only what has no condition at all may be refused here.
    if (refused) expect(meant).toEqual(before)
  })

  property('given anything at all', fc.anything(), async (filter) => {
    const ct = await tables.get('6.18')!
    await Promise.all([ct.flush(), ct.create({ original: tcp(1), timeoutSeconds: 600 })])
    await ct.flush(filter as never).catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    expect(await ct.count()).toBe(1)
  })
})
