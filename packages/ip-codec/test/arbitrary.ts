import { formatAddress } from '@nfkit/inet'
import fc from 'fast-check'
import {
  destinationOptions,
  type Endpoints,
  type ExtensionBytes,
  hopByHop,
  type IpFields,
  icmp,
  icmpEcho,
  routing,
  sctp,
  tcp,
  udp,
} from '../src/build/index.ts'
import type { TcpOption } from '../src/index.ts'

/** A packet and what it was built from. */
export interface Built {
  readonly kind: 'tcp' | 'udp' | 'icmp' | 'sctp'
  readonly version: 4 | 6
  readonly endpoints: Required<Endpoints>
  readonly fields: IpFields & Record<string, unknown>
  readonly payload: Uint8Array
  readonly packet: Uint8Array
}

export const u8 = fc.integer({ min: 0, max: 0xff })
export const u16 = fc.integer({ min: 0, max: 0xffff })
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
export const payload = fc.uint8Array({ maxLength: 64 })

/** Zeros often: that is where ones' complement has two of them. */
export const words = fc.uint8Array({ maxLength: 64 }).map((bytes) => bytes.map((byte) => (byte & 1 ? 0 : byte)))

export const address = (version: 4 | 6) =>
  fc.uint8Array({ minLength: version === 4 ? 4 : 16, maxLength: version === 4 ? 4 : 16 }).map(formatAddress)

export const tcpOption: fc.Arbitrary<TcpOption> = fc.oneof(
  fc.record({ kind: fc.constant('mss' as const), size: u16 }),
  fc.record({ kind: fc.constant('windowScale' as const), shift: u8 }),
  fc.record({ kind: fc.constant('sackPermitted' as const) }),
  fc.record({
    kind: fc.constant('sack' as const),
    blocks: fc.array(fc.record({ left: u32, right: u32 }), { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ kind: fc.constant('timestamps' as const), value: u32, echo: u32 }),
  fc.record({
    kind: fc.constant('unknown' as const),
    type: fc.integer({ min: 9, max: 255 }),
    data: fc.uint8Array({ maxLength: 5 }),
  }),
)

/** Of the types set aside for experiments (RFC 4727): a dissector that knows an option also knows what must be in it. */
const experiments = fc.constantFrom(0x1e, 0x3e, 0x5e, 0x7e, 0x9e, 0xbe, 0xde, 0xfe)
const option = fc.record({ type: experiments, data: fc.uint8Array({ maxLength: 20 }) })

const extension: fc.Arbitrary<ExtensionBytes> = fc.oneof(
  fc.array(option, { maxLength: 3 }).map(hopByHop),
  fc.array(option, { maxLength: 3 }).map(destinationOptions),
  fc
    .tuple(fc.constantFrom(0 as const, 4 as const), fc.array(address(6), { minLength: 1, maxLength: 3 }), fc.nat(3))
    .map(([type, addresses, left]) => routing(type, addresses, left)),
  u32.map((id) => ({
    type: 44, // an atomic fragment
    bytes: Uint8Array.of(0, 0, 0, 0, id >>> 24, id >>> 16, id >>> 8, id),
  })),
)

const ipFields = (version: 4 | 6): fc.Arbitrary<IpFields> =>
  version === 4
    ? fc.record({
        ttl: u8,
        dscp: fc.nat(63),
        ecn: fc.nat(3),
        identification: u16,
        dontFragment: fc.boolean(),
        ipOptions: fc.constantFrom(
          new Uint8Array(0),
          Uint8Array.of(148, 4, 0, 0),
          Uint8Array.of(1, 7, 7, 4, 1, 2, 3, 4),
        ),
      })
    : fc.record({
        ttl: u8,
        dscp: fc.nat(63),
        ecn: fc.nat(3),
        flowLabel: fc.nat(0xf_ffff),
        extensions: fc.array(extension, { maxLength: 3 }),
      })

const transport = {
  tcp: fc.record({
    sequence: u32,
    acknowledgment: u32,
    window: u16,
    syn: fc.boolean(),
    ack: fc.boolean(),
    cwr: fc.boolean(),
    options: fc.array(tcpOption, { maxLength: 2 }),
  }),
  udp: fc.record({ checksum: fc.boolean() }),
  icmp: fc.record({ id: u16, sequence: u16, reply: fc.boolean() }),
  sctp: fc.record({
    verificationTag: u32,
    chunks: fc.array(fc.record({ type: u8, flags: u8, value: fc.uint8Array({ maxLength: 9 }) }), { maxLength: 3 }),
  }),
}

function build(kind: Built['kind'], ends: Endpoints, fields: Record<string, unknown>): Uint8Array {
  if (kind === 'tcp') return tcp(ends, fields)
  if (kind === 'udp') return udp(ends, fields)
  return kind === 'icmp' ? icmpEcho(ends, fields) : sctp(ends, fields)
}

/** A whole, right packet of any kind. UDP over IPv6 always has its checksum. */
export const anyPacket: fc.Arbitrary<Built> = fc
  .record({
    kind: fc.constantFrom('tcp' as const, 'udp' as const, 'icmp' as const, 'sctp' as const),
    version: fc.constantFrom(4 as const, 6 as const),
  })
  .chain(({ kind, version }) =>
    fc
      .tuple(address(version), address(version), u16, u16, ipFields(version), transport[kind], payload)
      .map(([source, destination, sourcePort, destinationPort, ip, own, data]) => {
        const endpoints = { source, destination, sourcePort, destinationPort }
        const fields: Record<string, unknown> = { ...ip, ...own, payload: data }
        if (version === 6) delete fields['checksum']
        return { kind, version, endpoints, fields, payload: data, packet: build(kind, endpoints, fields) }
      }),
  )

/** An ICMP error about a packet of the same version, quoted up to some byte. */
export const anyError = anyPacket.chain((about) =>
  fc.record({ about: fc.constant(about), quoted: fc.nat(about.packet.length), code: u8 }).map((error) => ({
    ...error,
    packet: icmp(
      { source: about.endpoints.destination, destination: about.endpoints.source },
      { type: about.version === 4 ? 3 : 1, code: error.code, payload: about.packet.slice(0, error.quoted) },
    ),
  })),
)
