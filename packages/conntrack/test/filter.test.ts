import { formatAddress, type Masked, ipProtocol as protocols } from '@nfkit/inet'
import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
import { conntrack, Flow, type TupleAttrs } from '@nfkit/netlink-codec/conntrack'
import { family as families } from '@nfkit/netlink-codec/nfnetlink'
import type { BpfInstruction } from '@nfkit/netlink-transport'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Features, noFeatures } from '../src/features.ts'
import { socketFilter } from '../src/filter/bpf.ts'
import { compile } from '../src/filter/compile.ts'
import type { FlowFilter } from '../src/filter/filter.ts'
import { contains, formatNetwork, parseNetwork } from '../src/filter/network.ts'
import { planOf } from '../src/filter/plan.ts'

// Few values, so that filters often match.
const port = fc.integer({ min: 1, max: 4 })
const address4 = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.1.0.1')
const address6 = fc.constantFrom('fd00::1', 'fd00::2', 'fd00:0:0:1::1')
const numbers = fc.integer({ min: 0, max: 3 })

interface Made {
  readonly source: string
  readonly destination: string
  readonly protocol: 'tcp' | 'udp' | 'sctp'
  readonly sourcePort: number
  readonly destinationPort: number
  readonly mark: number
  readonly zone: number
  /** A zone of the original direction alone, where there is no other. */
  readonly originalZone?: number | undefined
  readonly status: number
  /** What source and destination are translated to. */
  readonly newSource?: string | undefined
  readonly newDestination?: string | undefined
}
const made: fc.Arbitrary<Made> = fc.constantFrom(address4, address6).chain((address) =>
  fc.record({
    source: address,
    destination: address,
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
    sourcePort: port,
    destinationPort: port,
    mark: numbers,
    zone: numbers,
    originalZone: fc.option(numbers, { nil: undefined }),
    status: fc.constantFrom(8, 10, 14),
    newSource: fc.option(address, { nil: undefined }),
    newDestination: fc.option(address, { nil: undefined }),
  }),
)

const bytesOf = (text: string) => parseNetwork(text).address
const is4 = (text: string) => !text.includes(':')
function tuple({ protocol }: Made, from: [string, number], to: [string, number], zone?: number): TupleAttrs {
  const [source, destination] = [bytesOf(from[0]), bytesOf(to[0])]
  return {
    ip: is4(from[0]) ? { v4Src: source, v4Dst: destination } : { v6Src: source, v6Dst: destination },
    proto: { num: protocols[protocol], srcPort: from[1], dstPort: to[1] },
    zone,
  }
}
const originalZone = ({ zone, originalZone }: Made) => (zone === 0 ? originalZone || undefined : undefined)
const translations = ({ newSource, newDestination }: Made) =>
  (newSource === undefined ? 0 : 0x10) | (newDestination === undefined ? 0 : 0x20)
function attrsOf(flow: Made): Uint8Array {
  const from: [string, number] = [flow.source, flow.sourcePort]
  const to: [string, number] = [flow.destination, flow.destinationPort]
  return encodeAttrs(conntrack, {
    tupleOrig: tuple(flow, from, to, originalZone(flow)),
    tupleReply: tuple(flow, [flow.newDestination ?? to[0], to[1]], [flow.newSource ?? from[0], from[1]]),
    zone: flow.zone || undefined,
    status: flow.status | translations(flow),
    // As in events: a mark of 0 is left out.
    mark: flow.mark || undefined,
  })
}
const familyOf = ({ source }: Made) => (is4(source) ? families.ipv4 : families.ipv6)
const flowOf = (flow: Made) => new Flow(new Attrs(attrsOf(flow)), familyOf(flow))

const networks = fc.constantFrom(
  '10.0.0.1',
  '10.0.0.0/30',
  '10.0.0.0/8',
  '0.0.0.0/0',
  'fd00::1',
  'fd00::/64',
  'fd00::/9',
  '!10.0.0.0/24',
)
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const ordered = fc.tuple(port, port).map(([a, b]) => ({ first: Math.min(a, b), last: Math.max(a, b) }))
const named = fc.record({ source: some(networks), destinationPort: some(port), zone: some(numbers) })
const nat = fc.oneof(
  fc.boolean(),
  networks,
  fc.record({ source: some(fc.oneof(fc.boolean(), networks)), destination: some(fc.oneof(fc.boolean(), networks)) }),
)
const anyFilter = fc.record({
  family: some(fc.constantFrom('ipv4' as const, 'ipv6' as const)),
  protocol: some(fc.constantFrom('tcp' as const, 'udp' as const, 17)),
  source: some(networks),
  destination: some(networks),
  sourcePort: some(fc.oneof(port, ordered)),
  destinationPort: some(port),
  direction: some(fc.constantFrom('original' as const, 'reply' as const, 'either' as const)),
  mark: some(fc.oneof(numbers, fc.record({ value: fc.constantFrom(0, 1), mask: fc.constantFrom(1, 3) }))),
  status: some(
    fc.constantFrom(
      ['assured'] as const,
      { clear: ['assured'] } as const,
      { set: ['seenReply'], clear: ['assured'] } as const,
    ),
  ),
  zone: some(numbers),
  original: some(fc.record({ destination: some(networks), zone: some(numbers) })),
  reply: some(named),
  nat: some(nat),
})

/** Filters whose addresses do not contradict each other or the family. */
const filters: fc.Arbitrary<FlowFilter> = anyFilter.filter(
  ({ family, source, destination, destinationPort, direction, original, reply, nat }) => {
    const translated = typeof nat === 'object' ? [nat.source, nat.destination] : [nat]
    const named = [source, destination, original?.destination, reply?.source, ...translated].filter(
      (text) => typeof text === 'string' && !text.startsWith('!'),
    ) as string[]
    const twice =
      (direction !== 'reply' &&
        direction !== 'either' &&
        destination !== undefined &&
        original?.destination !== undefined) ||
      (direction === 'reply' && reply?.source !== undefined && source !== undefined) ||
      (direction === 'reply' && reply?.destinationPort !== undefined && destinationPort !== undefined)
    return (
      !twice && new Set([...named.map((text) => (is4(text) ? 'ipv4' : 'ipv6')), ...(family ? [family] : [])]).size < 2
    )
  },
)

/** What a filter means, said once more and plainly. */
function means(filter: FlowFilter, flow: Made): boolean {
  const within = (network: string | undefined, address: string) =>
    network === undefined || contains(parseNetwork(network), bytesOf(address))
  const among = (wanted: FlowFilter['sourcePort'], actual: number) =>
    wanted === undefined ||
    (typeof wanted === 'number' ? wanted === actual : wanted.first <= actual && actual <= wanted.last)
  const original =
    within(filter.source, flow.source) &&
    within(filter.destination, flow.destination) &&
    among(filter.sourcePort, flow.sourcePort) &&
    among(filter.destinationPort, flow.destinationPort)
  const replySource = flow.newDestination ?? flow.destination
  const replyDestination = flow.newSource ?? flow.source
  const reply =
    within(filter.source, replySource) &&
    within(filter.destination, replyDestination) &&
    among(filter.sourcePort, flow.destinationPort) &&
    among(filter.destinationPort, flow.sourcePort)
  const named =
    within(filter.original?.destination, flow.destination) &&
    [undefined, originalZone(flow) ?? flow.zone].includes(filter.original?.zone) &&
    within(filter.reply?.source, replySource) &&
    [undefined, flow.sourcePort].includes(filter.reply?.destinationPort as number | undefined) &&
    [undefined, flow.zone].includes(filter.reply?.zone)
  const end = (wanted: boolean | string | undefined, to: string | undefined) =>
    wanted === undefined ||
    (typeof wanted === 'string' ? to !== undefined && within(wanted, to) : wanted === (to !== undefined))
  const nat =
    typeof filter.nat === 'object'
      ? end(filter.nat.source, flow.newSource) && end(filter.nat.destination, flow.newDestination)
      : typeof filter.nat === 'string'
        ? end(filter.nat, flow.newSource) || end(filter.nat, flow.newDestination)
        : filter.nat === undefined || filter.nat === (translations(flow) !== 0)
  const direction = { original, reply, either: original || reply }[filter.direction ?? 'original']
  const mark = typeof filter.mark === 'number' ? { value: filter.mark, mask: 3 } : filter.mark
  const assured = (flow.status & 4) !== 0
  const status =
    filter.status === undefined ||
    (Array.isArray(filter.status)
      ? assured
      : !assured && ((filter.status as { set?: unknown }).set === undefined || (flow.status & 2) !== 0))
  return (
    direction &&
    named &&
    nat &&
    (filter.family === undefined || (filter.family === 'ipv4') === is4(flow.source)) &&
    (filter.protocol === undefined || (filter.protocol === 17 ? 'udp' : filter.protocol) === flow.protocol) &&
    (mark === undefined || (flow.mark & mask(mark)) === mark.value) &&
    status &&
    (filter.zone === undefined || filter.zone === flow.zone)
  )
}
const mask = (mark: Masked) => mark.mask ?? 3

const everything: Features = { mark: true, tuple: true, status: true, zone: true }

describe('a filter', () => {
  test('means what it says', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(filters, made, (filter, flow) => {
        const matches = compile(filter).matches(flowOf(flow))
        expect(matches).toBe(means(filter, flow))
      }),
      { numRuns: 1000 },
    )
  })

  test('is divided so that nothing is lost: what the kernel is not told is checked here', () => {
    fc.assert(
      fc.property(
        filters,
        fc.constantFrom(everything, noFeatures, { ...everything, tuple: false }),
        (filter, features) => {
          const { kernel, here } = planOf(compile(filter), features).explanation
          expect([...kernel, ...here].sort()).toEqual(
            compile(filter)
              .conditions.map(({ text }) => text)
              .sort(),
          )
        },
      ),
    )
  })

  test('checks everything but the family here where the kernel knows nothing', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(filters, made, (filter, flow) => {
        const { family, attrs, matches } = planOf(compile(filter), noFeatures)
        expect(attrs).toEqual({})
        const sent = family === 0 || family === familyOf(flow)
        expect(sent && (matches === undefined || matches(flowOf(flow)))).toBe(means(filter, flow))
      }),
      { numRuns: 500 },
    )
  })

  test('never tells the kernel of an IPv6 address, which it compares the wrong way round', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        const { ip } = planOf(compile(filter), everything).attrs.tupleOrig ?? {}
        expect([ip?.v6Src, ip?.v6Dst]).toEqual([undefined, undefined])
      }),
    )
  })

  test.each([
    [{ source: '10.0.0.300' }, 'neither an IPv4 nor an IPv6 address'],
    [{ source: '10.0.0.0/33' }, '0 to 32'],
    [{ source: '10.0.0.0/' }, '0 to 32'],
    [{ source: '10.0.0.0/8/8' }, '0 to 32'],
    [{ family: 'ipv5' }, 'there is no family "ipv5"'],
    [{ protocol: 'tpc' }, 'there is no protocol "tpc"'],
    [{ state: 'estalbished' }, 'there is no state'],
    [{ status: ['asured'] }, 'there is no status'],
    [{ status: { set: ['assured'], clear: ['assured'] } }, 'both set and clear'],
    [{ family: 'ipv6', source: '10.0.0.1' }, 'not of family ipv6'],
    [{ source: '10.0.0.1', destination: 'fd00::1' }, 'not of family ipv4'],
    [{ direction: 'either', source: '10.0.0.1', destination: 'fd00::1' }, 'not of family ipv4'],
    [{ sport: 80 }, 'there is no "sport"; did you mean "port"?'],
    [{ destintionPort: 80 }, 'did you mean "destinationPort"?'],
    [{ original: { sorce: '10.0.0.1' } }, 'FlowFilter original: there is no "sorce"; did you mean "source"?'],
    [{ nat: { src: true } }, 'FlowFilter nat: there is no "src"'],
    [{ nat: { source: 5 } }, '5 is no address or network'],
    [{ nat: 'source' }, '"source" is neither an IPv4 nor an IPv6 address'],
    [{ icmp: { kind: 8 } }, 'FlowFilter icmp: there is no "kind"'],
    [{ icmp: { type: 256 } }, 'no whole number from 0 to 255'],
    [{ status: { sett: ['assured'] } }, 'did you mean "set"?'],
    [{ mark: { value: 1, msak: 1 } }, '"msak" is no part of a mark'],
    [{ mark: {} }, 'no whole number'],
    [{ mark: { value: 4, mask: 3 } }, 'nothing has the mark 4'],
    [{ mark: { value: 5, mask: 0 } }, 'nothing has the mark 5'],
    [{ sourcePort: 65_536 }, 'no whole number'],
    [{ sourcePort: Number.NaN }, 'no whole number'],
    [{ sourcePort: { first: 2, last: 1 } }, 'no port is in 2 to 1'],
    [{ port: { frist: 1, last: 2 } }, 'did you mean "first"?'],
    [{ zone: -1 }, 'no whole number'],
    [{ reply: { zone: 70_000 } }, 'no whole number'],
    [{ label: 128 }, 'no whole number'],
    [{ label: [3, 128] }, 'no whole number'],
    [{ label: [] }, 'an empty list'],
    [{ id: -1 }, 'no whole number'],
    [{ protocol: 256 }, 'no whole number'],
    [{ protocol: Number.NaN }, 'no whole number'],
    [{ state: 'constructor' }, 'there is no state "constructor"'],
    [{ status: ['toString'] }, 'there is no status "toString"'],
    [{ status: -1 }, 'no whole number'],
    [{ protocol: 'valueOf' }, 'there is no protocol "valueOf"'],
    [{ family: 'hasOwnProperty' }, 'there is no family'],
    [{ direction: 'replay' }, 'there is no direction "replay"; did you mean "reply"?'],
    [{ direction: 'toString' }, 'there is no direction'],
    [{ source: 5 }, '5 is no address or network'],
    [{ host: {} }, 'is no address or network'],
    [{ source: '10.0.0.1', original: { source: '10.0.0.1' } }, 'are the same condition'],
    [{ where: 'flow.mark' }, '"where" is no function'],
    [{ not: 5 }, '5 is no object'],
    [{ original: null }, 'null is no object'],
    [null, 'null is no object'],
  ])('%j is refused', (filter, sentence) => {
    expect(() => compile(filter as FlowFilter)).toThrow(sentence)
  })
})

describe('a network', () => {
  test('contains the addresses that begin with its bits', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    )
    fc.assert(
      fc.property(bytes, fc.nat(128), fc.nat(127), (address, length, bit) => {
        const prefix = Math.min(length, 8 * address.length)
        const network = parseNetwork(`${formatAddress(address)}/${prefix}`)
        expect(contains(network, address)).toBe(true)
        const at = bit % (8 * address.length)
        const other = address.slice()
        other[at >> 3]! ^= 0x80 >> (at & 7)
        expect(contains(network, other)).toBe(at >= prefix)
        expect(contains({ ...network, negated: true }, other)).toBe(at < prefix)
        expect(contains(network, undefined)).toBe(false)
      }),
    )
  })

  test('of one family contains nothing of the other', () => {
    expect(contains(parseNetwork('0.0.0.0/0'), bytesOf('::1'))).toBe(false)
    expect(contains(parseNetwork('!0.0.0.0/0'), bytesOf('::1'))).toBe(true)
    expect(formatNetwork(parseNetwork('! fd00::/8'))).toBe('not fd00::/8')
  })
})

/** Classic BPF as the kernel runs it, as far as socket filters here use it. */
function run(program: readonly BpfInstruction[], message: Uint8Array): number {
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const find = (start: number, end: number, id: number): number => {
    for (let p = start; p + 4 <= end; ) {
      const length = view.getUint16(p, true)
      if (length < 4 || p + length > end) return 0
      if ((view.getUint16(p + 2, true) & 0x3fff) === id) return p
      p += (length + 3) & ~3
    }
    return 0
  }
  let [a, x] = [0, 0]
  for (let pc = 0; ; pc++) {
    const { code, jt, jf, k } = program[pc]!
    if (code === 0x20 && k === 0xffff_f00c) a = find(a, message.length, x)
    else if (code === 0x20 && k === 0xffff_f010) a = find(a + 4, a + view.getUint16(a, true), x)
    else if (code === 0x20) a = view.getUint32(k)
    else if (code === 0x28) a = view.getUint16(k)
    else if (code === 0x30) a = view.getUint8(k)
    else if (code === 0x40) a = view.getUint32(x + k)
    else if (code === 0x48) a = view.getUint16(x + k)
    else if (code === 0x50) a = view.getUint8(x + k)
    else if (code === 0x00) a = k
    else if (code === 0x01) x = k
    else if (code === 0x07) x = a
    else if (code === 0x54) a = (a & k) >>> 0
    else if (code === 0x15) pc += a === k ? jt : jf
    else if (code === 0x06) return k
    else throw new Error(`code ${code}`)
  }
}

describe('a socket filter', () => {
  const message = (flow: Made, type = 0x0100) => {
    const attrs = attrsOf(flow)
    const bytes = new Uint8Array(20 + attrs.length)
    new DataView(bytes.buffer).setUint32(0, bytes.length, true)
    new DataView(bytes.buffer).setUint16(4, type, true)
    bytes[16] = familyOf(flow)
    bytes.set(attrs, 20)
    return bytes
  }

  test('passes what matches, and of the rest only what it cannot test', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(filters, made, (filter, flow) => {
        const { conditions, tests } = compile(filter)
        const program = socketFilter(tests)
        const passes = program === undefined || run(program, message(flow)) !== 0
        const testable = conditions.filter(({ tests }) => tests !== undefined)
        expect(passes).toBe(testable.every(({ matches }) => matches(flowOf(flow))))
      }),
      { numRuns: 1000 },
    )
  })

  test('passes events of expectations', () => {
    const program = socketFilter(compile({ protocol: 'tcp', mark: 9 }).tests)!
    const flow = {
      source: '10.0.0.1',
      destination: '10.0.0.2',
      protocol: 'udp',
      sourcePort: 1,
      destinationPort: 2,
      mark: 0,
      zone: 0,
      status: 8,
    } as const
    expect(run(program, message(flow))).toBe(0)
    expect(run(program, message(flow, 0x0200))).not.toBe(0)
  })
})
