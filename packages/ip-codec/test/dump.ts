import { type IpPacket, parseIp } from '../src/index.ts'

/** Everything a packet's views say, as plain data; quoted packets too. */
export function dump(ip: IpPacket | undefined): unknown {
  if (ip === undefined) return undefined
  const message = ip.icmp ?? ip.icmpv6
  return {
    text: `${ip}`,
    ...getters(ip),
    tcp: ip.tcp && { ...getters(ip.tcp), mss: ip.tcp.mss },
    udp: ip.udp && getters(ip.udp),
    sctp: ip.sctp && getters(ip.sctp),
    icmp: message && { ...getters(message), embedded: dump(message.embedded) },
  }
}

export const dumpBytes = (bytes: Uint8Array, start = 0, end = bytes.length): unknown => dump(parseIp(bytes, start, end))

/** What depends on where the packet lies. */
const places = ['bytes', 'start', 'end']

/** The value of each getter; byte runs as arrays, and no places. */
function getters(view: object): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(view)))) {
    const value: unknown = get?.call(view)
    const isView = value !== null && typeof value === 'object' && 'bytes' in value && 'ip' in value
    if (get && !isView && !places.includes(name) && !name.startsWith('pseudo') && name !== 'embedded')
      out[name] = plain(value)
  }
  return out
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
