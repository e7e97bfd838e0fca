import { type DnsMessage, type DnsRecord, dnsType } from '@nfkit/streams/dns'

/** Something an answer says of the name that was asked for. */
interface Said {
  /** For how long it may be used, by the shortest-lived record on the way to it. */
  readonly seconds: number
}

/** An address that the name leads to. */
export interface FoundAddress extends Said {
  readonly address: string
}

/** Another name that it leads to. */
export interface FoundName extends Said {
  readonly name: string
}

/** Where the name leads that was asked for. */
export interface Found {
  readonly addresses: readonly FoundAddress[]
  readonly names: readonly FoundName[]
}

/** A longer life is none (RFC 2181, 8). */
const secondsOf = ({ ttlSeconds }: DnsRecord): number => (ttlSeconds > 0x7fff_ffff ? 0 : ttlSeconds)

/**
 * Returns where an answer leads from a name: by aliases, one after another, to addresses, and to the hints and hosts of services. Records of other
 * names do not count.
 */
export function foundIn({ answers, additionals }: DnsMessage, name: string): Found {
  const records = byName(answers)
  const beside = byName(additionals.filter(({ kind }) => kind === 'address'))
  const names = new Map([[name, Number.POSITIVE_INFINITY]])
  const hosts = new Set<string>()
  const addresses = new Map<string, number>()
  const reach = (to: string, seconds: number) => {
    if (!names.has(to)) names.set(to, seconds)
  }
  // Names that are reached on the way come behind, each once.
  for (const [at, left] of names) {
    const besides = hosts.has(at) ? (beside.get(at) ?? []) : []
    for (const record of [...(records.get(at) ?? []), ...besides]) {
      const seconds = Math.min(left, secondsOf(record))
      const found = (address: string) => addresses.set(address, Math.max(seconds, addresses.get(address) ?? 0))
      if (record.kind === 'address') found(record.address)
      else if (record.kind === 'alias' && record.type === dnsType.cname) reach(record.target, seconds)
      else if (record.kind === 'service') {
        for (const hint of record.service.hints) found(hint)
        if (record.service.target !== '.') {
          hosts.add(record.service.target)
          reach(record.service.target, seconds)
        }
      }
    }
  }
  names.delete(name)
  return {
    addresses: [...addresses].map(([address, seconds]) => ({ address, seconds })),
    names: [...names].map(([reached, seconds]) => ({ name: reached, seconds })),
  }
}

function byName(all: readonly DnsRecord[]): ReadonlyMap<string, readonly DnsRecord[]> {
  const out = new Map<string, DnsRecord[]>()
  for (const record of all) {
    if (record.class !== 1) continue
    const others = out.get(record.name)
    if (others) others.push(record)
    else out.set(record.name, [record])
  }
  return out
}
