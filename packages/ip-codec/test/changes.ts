import fc from 'fast-check'
import type { FieldChanges, PacketChanges } from '../src/index.ts'
import { address, type Built, payload, u8, u16, u32 } from './arbitrary.ts'

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const flags = fc.record({ syn: fc.boolean(), fin: fc.boolean(), ece: fc.boolean() }, { requiredKeys: [] })

/** Field changes a packet of this kind can take. */
export const fieldChanges = ({ kind, version, fields }: Built): fc.Arbitrary<FieldChanges> => {
  const options = fields['options'] as { kind: string }[] | undefined
  const withMss = options?.some((option) => option.kind === 'mss') ?? false
  const tcp = fc.record({
    sequence: maybe(u32),
    acknowledgment: maybe(u32),
    flags: maybe(flags),
    window: maybe(u16),
    mss: withMss ? maybe(u16) : fc.constant(undefined),
  })
  return fc.record({
    source: maybe(address(version)),
    destination: maybe(address(version)),
    ttl: maybe(u8),
    dscp: maybe(fc.nat(63)),
    ecn: maybe(fc.nat(3)),
    dontFragment: version === 4 ? maybe(fc.boolean()) : fc.constant(undefined),
    sourcePort: kind === 'icmp' ? fc.constant(undefined) : maybe(u16),
    destinationPort: kind === 'icmp' ? fc.constant(undefined) : maybe(u16),
    tcp: kind === 'tcp' ? maybe(tcp) : fc.constant(undefined),
    icmp: kind === 'icmp' ? maybe(fc.record({ identifier: maybe(u16), sequence: maybe(u16) })) : fc.constant(undefined),
  })
}

/** The same with a payload of another length. */
export const changes = (built: Built): fc.Arbitrary<PacketChanges> =>
  fc
    .record({ fields: fieldChanges(built), payload: maybe(payload) })
    .map((all) => ({ ...all.fields, payload: all.payload }))
