import { readFileSync } from 'node:fs'
import { formatAddress } from '@nfkit/inet'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conntrackMessage } from '../src/conntrack/message.ts'
import { type Conntrack, conntrack } from '../src/conntrack/table.ts'
import type { TupleAttrs } from '../src/conntrack/tuple.ts'
import { Flow } from '../src/flow/flow.ts'
import { formatFlow } from '../src/flow/line.ts'
import { Attrs, DecodeError, encodeAttrs, Message, messageFlags, messages } from '../src/index.ts'
import { encodeMessage, netfilterOf } from '../src/nfnetlink/header.ts'
import { anyOf } from '../src/schema/arbitrary.ts'
import { anyDamage, damage } from './damage.ts'
import { received } from './golden.ts'
import { recordings } from './recordings.ts'

const ipv4 = 2
const flowOf = (value: Conntrack, family = ipv4): Flow => new Flow(new Attrs(encodeAttrs(conntrack, value)), family)
const flowIn = (message: Message): Flow => {
  const { attrs, family } = netfilterOf(message)
  return new Flow(attrs, family)
}

/** Reads everything a flow has. */
function readAll(flow: Flow): unknown {
  const { original, reply, master } = flow
  return [
    `${flow}`,
    JSON.stringify(flow),
    original.icmp,
    reply.icmp,
    master,
    flow.tcp,
    flow.sctp,
    flow.dccp,
    flow.synproxy,
  ]
}

describe('Flow', () => {
  test('lazy equals eager', () => {
    fc.assert(
      fc.property(anyOf(conntrack), (value) => {
        const flow = flowOf(value)
        const { protoinfo, tupleOrig, tupleReply } = value
        expect(flow.id).toBe(value.id)
        expect(flow.status).toBe(value.status)
        expect(flow.mark).toBe(value.mark)
        expect(flow.timeoutSeconds).toBe(value.timeout)
        expect(flow.use).toBe(value.use)
        expect(flow.zone).toBe(value.zone ?? 0)
        expect(flow.tcpState).toBe(protoinfo?.tcp?.state)
        expect(flow.tcp?.originalFlags).toBe(protoinfo?.tcp?.flagsOriginal?.flags)
        expect(flow.sctp?.replyTag).toBe(protoinfo?.sctp?.vtagReply)
        expect(flow.dccp?.handshakeSequence).toBe(protoinfo?.dccp?.handshakeSeq)
        expect(flow.originalCounters?.bytes).toBe(value.countersOrig && (value.countersOrig.bytes ?? 0n))
        expect(flow.replyCounters?.packets).toBe(value.countersReply && (value.countersReply.packets ?? 0n))
        expect(flow.startNs).toBe(value.timestamp?.start)
        expect(flow.stopNs).toBe(value.timestamp?.stop)
        expect(flow.eventNs).toBe(value.timestampEvent)
        expect(flow.helper).toBe(value.help?.name)
        expect(flow.securityContext).toBe(value.secctx?.name)
        expect(flow.synproxy).toEqual(value.synproxy)
        expect(flow.toObject()).toEqual(value)
        for (const [lazy, eager] of [
          [flow.original, tupleOrig],
          [flow.reply, tupleReply],
        ] as const) {
          expect(lazy.protocol).toBe(eager?.proto?.num)
          expect(lazy.zone).toBe(eager?.zone)
        }
        expect(flow.master === undefined).toBe(value.tupleMaster === undefined)
      }),
      { numRuns: 50 },
    )
  })

  test('a tuple has the addresses and ports of its protocol', () => {
    const port = fc.integer({ min: 0, max: 0xffff })
    const address = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    )
    fc.assert(
      fc.property(address, fc.constantFrom(6, 17, 33, 47, 132, 136), port, port, (source, num, srcPort, dstPort) => {
        const destination = source.slice().reverse()
        const ip = source.length === 4 ? { v4Src: source, v4Dst: destination } : { v6Src: source, v6Dst: destination }
        const { original } = flowOf({ tupleOrig: { ip, proto: { num, srcPort, dstPort } } satisfies TupleAttrs })
        expect(original.source.address).toBe(formatAddress(source))
        expect(original.destination.address).toBe(formatAddress(destination))
        expect(original.source.addressBytes).toEqual(source)
        expect([original.source.port, original.destination.port]).toEqual([srcPort, dstPort])
        expect([original.sourcePort, original.destinationPort]).toEqual([srcPort, dstPort])
        expect(original.icmp).toBeUndefined()
        expect(original.protocol).toBe(num)
      }),
    )
  })

  test('a tuple reads the same however it is laid out', () => {
    const plain = {
      ip: { v4Src: Uint8Array.of(10, 0, 0, 1), v4Dst: Uint8Array.of(10, 0, 0, 2) },
      proto: { num: 6, srcPort: 4000, dstPort: 80 },
    }
    const layouts: TupleAttrs[] = [
      plain,
      { proto: plain.proto, ip: plain.ip },
      { ip: plain.ip, proto: { dstPort: 80, srcPort: 4000, num: 6 } },
      { ip: { v4Dst: plain.ip.v4Dst, v4Src: plain.ip.v4Src }, proto: plain.proto },
      { ...plain, zone: 0 },
    ]
    for (const tupleOrig of layouts) {
      const { original } = flowOf({ tupleOrig })
      expect(JSON.stringify([original.source, original.destination, original.protocol])).toBe(
        '[{"address":"10.0.0.1","port":4000},{"address":"10.0.0.2","port":80},6]',
      )
    }
  })

  test('flows of equal size are told apart, wherever their bytes are', () => {
    const ip = { v4Src: Uint8Array.of(10, 0, 0, 1), v4Dst: Uint8Array.of(10, 0, 0, 2) }
    const ports = { num: 17, srcPort: 4000, dstPort: 53 }
    const identity = { num: 1, icmpType: 8, icmpId: 7 }
    const flows: Conntrack[] = [
      { tupleOrig: { ip, proto: ports }, mark: 1, id: 2, timeout: 3 },
      { mark: 1, timeout: 3, id: 2, tupleOrig: { ip, proto: ports } },
      { id: 2, timeout: 3, mark: 1, tupleOrig: { proto: { dstPort: 53, srcPort: 4000, num: 17 }, ip } },
      { tupleOrig: { ip, proto: identity }, timeout: 3, mark: 1, id: 2 },
      { tupleReply: { ip, proto: ports }, use: 1, id: 2, timeout: 3 },
      { use: 1, tupleReply: { ip, proto: ports }, status: 2, zone: 3 },
    ]
    const sizes = new Set(flows.map((value) => encodeAttrs(conntrack, value).length))
    expect(sizes.size).toBe(1)
    for (let round = 0; round < 3; round++) {
      for (const [i, value] of flows.entries()) {
        const encoded = encodeAttrs(conntrack, value)
        const bytes = new Uint8Array(encoded.length + 4)
        bytes.set(encoded, i % 4)
        const flow = new Flow(new Attrs(bytes, i % 4, (i % 4) + encoded.length), ipv4)
        expect([flow.mark, flow.id, flow.timeoutSeconds, flow.use]).toEqual([
          value.mark,
          value.id,
          value.timeout,
          value.use,
        ])
        expect([flow.original.sourcePort, flow.original.icmp?.id, flow.original.destination.address]).toEqual([
          value.tupleOrig?.proto?.srcPort,
          value.tupleOrig?.proto?.icmpId,
          value.tupleOrig && '10.0.0.2',
        ])
        expect(flow.reply.destinationPort).toBe(value.tupleReply && 53)
      }
    }
  })

  test.each([
    ['ICMP', { num: 1, icmpId: 77, icmpType: 8, icmpCode: 1 }],
    ['ICMPv6', { num: 58, icmpv6Id: 77, icmpv6Type: 8, icmpv6Code: 1 }],
  ])('a tuple of %s has an identity in place of ports', (_, proto) => {
    const { original } = flowOf({ tupleOrig: { proto } })
    expect(original.icmp).toEqual({ id: 77, type: 8, code: 1 })
    expect(original.source.port).toBeUndefined()
    expect(original.destinationPort).toBeUndefined()
  })

  test('what is absent is undefined, and 0 is not absent', () => {
    const empty = flowOf({})
    expect([empty.mark, empty.status, empty.id, empty.timeoutSeconds, empty.labels, empty.tcpState]).toEqual(
      new Array(6).fill(undefined),
    )
    expect(empty.statusNames).toEqual([])
    expect(empty.original.source).toMatchObject({ address: undefined, port: undefined })
    expect([flowOf({ mark: 0 }).mark, flowOf({ timeout: 0 }).timeoutSeconds]).toEqual([0, 0])
    const portZero = flowOf({ tupleOrig: { proto: { num: 6, srcPort: 0, dstPort: 0 } } })
    expect(portZero.original.source.port).toBe(0)
  })

  test('a damaged flow is readable or throws DecodeError', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(anyOf(conntrack), fc.array(anyDamage, { minLength: 1, maxLength: 4 }), (value, acts) => {
        const bytes = acts.reduce(damage, encodeAttrs(conntrack, value))
        try {
          readAll(new Flow(new Attrs(bytes), ipv4))
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
    )
  })

  test.each(['a status', 'a mark', 'an id'])('%s that is cut short is refused, with its place', (what) => {
    const id = { 'a status': 3, 'a mark': 8, 'an id': 12 }[what]!
    const bytes = Uint8Array.of(7, 0, id, 0, 1, 2, 3, 0)
    expect(() => new Flow(new Attrs(bytes), ipv4)).toThrow(expect.objectContaining({ where: 'CTA', offset: 0 }))
  })

  test('a copy outlives the bytes', () => {
    const bytes = encodeAttrs(conntrack, { mark: 7, id: 9 })
    const flow = new Flow(new Attrs(bytes), ipv4)
    const copy = flow.copy()
    bytes.fill(0xdd)
    expect([copy.mark, copy.id]).toEqual([7, 9])
  })

  test('labels are numbers', () => {
    const labels = new Uint8Array(16)
    labels[0] = 0b1000_0001
    labels[15] = 0b1000_0000
    expect(flowOf({ labels }).labels).toEqual([0, 7, 127])
    expect(flowOf({ labels: new Uint8Array(16) }).labels).toEqual([])
  })

  test('sequence adjustments may be negative', () => {
    const flow = flowOf({ seqAdjOrig: { correctionPos: 0xffff_ffff, offsetBefore: 0xffff_fff6, offsetAfter: 5 } })
    expect(flow.originalSequenceAdjustment).toEqual({ position: 0xffff_ffff, before: -10, after: 5 })
    expect(flow.replySequenceAdjustment).toBeUndefined()
  })
})

describe('JSON', () => {
  test('is plain data for every flow', { timeout: 30_000 }, () => {
    fc.assert(
      fc.property(anyOf(conntrack), (value) => {
        const json = JSON.parse(JSON.stringify(flowOf(value)))
        expect(json.mark).toBe(value.mark)
        expect(json.timeoutSeconds).toBe(value.timeout)
      }),
    )
  })

  test('has names, exact numbers, and time with its nanoseconds', () => {
    const flow = flowOf({
      tupleOrig: { ip: { v4Src: Uint8Array.of(10, 0, 0, 1) }, proto: { num: 6, srcPort: 1, dstPort: 2 } },
      status: 0x206,
      protoinfo: { tcp: { state: 3 } },
      countersOrig: { packets: 1n, bytes: 2n ** 63n },
      timestamp: { start: 1_767_225_600_000_000_001n, stop: 0n },
    })
    expect(JSON.parse(JSON.stringify(flow))).toEqual({
      family: 'ipv4',
      protocol: 'tcp',
      state: 'ESTABLISHED',
      status: ['seenReply', 'assured', 'dying'],
      original: {
        source: { address: '10.0.0.1', port: 1 },
        destination: { port: 2 },
        packets: 1,
        bytes: '9223372036854775808',
      },
      reply: { source: {}, destination: {} },
      start: '2026-01-01T00:00:00.000000001Z',
    })
  })
})

describe('the line', () => {
  test('of the answer to a get', () => {
    const [message] = [...messages(received['the answer to a get'].bytes)]
    const flow = flowIn(message!)
    expect(formatFlow(flow, { nowNs: 1_795_432_488_000_000_000n, id: true, extended: true })).toBe(
      'ipv4     2 udp      17 99 src=10.1.0.1 dst=10.1.0.2 sport=1000 dport=2000 packets=0 bytes=0 [UNREPLIED] ' +
        'src=10.1.0.2 dst=10.1.0.1 sport=2000 dport=1000 packets=0 bytes=0 mark=0 delta-time=5 use=2 id=1283935291',
    )
  })

  const { expected, offload, hwOffload, assured, seenReply } = {
    expected: 1,
    offload: 0x4000,
    hwOffload: 0x8000,
    assured: 4,
    seenReply: 2,
  }
  test.each([
    [seenReply, ''],
    [seenReply | assured, ' [ASSURED]'],
    [seenReply | assured | offload, ' [OFFLOAD]'],
    [seenReply | assured | offload | hwOffload, ' [HW_OFFLOAD]'],
    [expected, ' [UNREPLIED]'],
    [assured, ' [UNREPLIED] [ASSURED]'],
  ])('of status %i', (status, words) => {
    expect(`${flowOf({ status, tupleOrig: { proto: { num: 99 } } })}`).toBe(`unknown  99${words}`)
  })

  test('has labels by name, else by number', () => {
    const flow = flowOf({ labels: Uint8Array.of(3, 0, 0, 0) })
    expect(formatFlow(flow, { labels: (label) => (label === 0 ? 'zero' : undefined) })).toContain('labels=zero,1')
  })
})

/** What the reference tool printed when the captures were made. Ages and labels' names depend on the machine. */
describe.each(['ct-list', 'ct-events', 'ct-crud'])('the recording %s', (name) => {
  const text = readFileSync(new URL(`./vectors/${name}.txt`, import.meta.url), 'utf8').split('\n')
  const flows = recordings
    .get(name)!
    .flatMap((datagram) => [...messages(datagram)])
    .filter(({ type }) => type === conntrackMessage.new.type || type === conntrackMessage.delete.type)
  const aged = (line: string) =>
    line
      .replace(/ delta-time=\d+/, ' delta-time=N')
      .replace(/ labels=\S+/, '')
      .replace(/ \[(?:start|stop)=[^\]]*\]/g, '')
  const kindOf = ({ type, flags }: Message) => {
    if (type === conntrackMessage.delete.type) return 'destroy'
    return flags & messageFlags.create ? 'new' : 'update'
  }

  test('has a flow for every line', () => {
    const made = new Set<string>()
    for (const message of flows) {
      const flow = flowIn(message)
      for (const extended of [false, true])
        for (const id of [false, true]) {
          made.add(aged(formatFlow(flow, { extended, id })))
          made.add(aged(formatFlow(flow, { extended, id, event: kindOf(message) })))
        }
    }
    const lines = text
      .map((line) => line.replace(/^\| /, '').replace(/^\[\d+\.\d+\]\s/, ''))
      .filter((line) =>
        /^(?:\s*\[(?:NEW|UPDATE|DESTROY)\] )?(?:ipv[46] +\d+ )?(?:tcp|udp|icmp|icmpv6|sctp|dccp|gre|udplite|unknown) +\d+ /.test(
          line,
        ),
      )
      .map((line) => aged(line.replace(/ \[USERSPACE\].*/, '').trimEnd()))
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.filter((line) => !made.has(line))).toEqual([])
  })
})

test('a flow of a message is that of its attributes and family, and a message without them is refused', () => {
  const header = { type: 0x100, flags: 0, family: 10 }
  const bytes = encodeMessage(header, conntrack, { mark: 7 })
  const flow = Flow.of(new Message(bytes, 0, bytes.length))
  expect([flow.family, flow.mark]).toEqual([10, 7])
  expect(() => Flow.of(new Message(bytes, 0, 19))).toThrow('a message of 19 bytes has none')
})
