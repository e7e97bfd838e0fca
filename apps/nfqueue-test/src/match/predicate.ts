import type { IpPacket } from '@nfkit/ip-codec'
import type { Expression, Side } from './expression.ts'
import { isAboutPorts } from './words.ts'

/** What a condition looks at. */
export interface Subject {
  /** `undefined`: not an IP packet. Only `not`, `less` and `greater` match those. */
  readonly ip: IpPacket | undefined
  /** From the network header on, also what was not copied. */
  readonly length: number
}

export type Predicate = (subject: Subject) => boolean

/** The test an expression stands for. */
export function predicate(expression: Expression): Predicate {
  switch (expression.kind) {
    case 'chain': {
      const first = predicate(expression.first)
      const rest = expression.rest.map(({ joint, of }) => ({ goesOn: joint === 'and', test: predicate(of) }))
      return (subject) => {
        let holds = first(subject)
        for (const { goesOn, test } of rest) if (holds === goesOn) holds = test(subject)
        return holds
      }
    }
    case 'not': {
      const of = predicate(expression.of)
      return (subject) => !of(subject)
    }
    case 'length': {
      const { least, most } = expression
      return ({ length }) => least <= length && length <= most
    }
    case 'version':
      return ofIp((ip) => ip.version === expression.version)
    case 'protocol': {
      const { version, number } = expression
      return ofIp((ip) => (version === undefined || ip.version === version) && holds(ip, number))
    }
    case 'multicast':
      return ofIp((ip) => ip.version === expression.version && isMulticast(ip))
    case 'network': {
      const { side, address, mask } = expression
      const inside = (bytes: Uint8Array) => bytes.every((byte, i) => (byte & mask[i]!) === address[i])
      const version = address.length === 4 ? 4 : 6
      return ofIp((ip) => ip.version === version && onSide(side, inside, ip.sourceBytes, ip.destinationBytes))
    }
    case 'ports': {
      const { side, protocol, first, last } = expression
      const inside = (port: number | undefined) => port !== undefined && first <= port && port <= last
      return ofIp((ip) => {
        const { protocol: actual } = ip
        const fits = protocol === undefined ? isAboutPorts(actual) : actual === protocol
        return fits && onSide(side, inside, ip.sourcePort, ip.destinationPort)
      })
    }
    default:
      return expression satisfies never
  }
}

const ofIp =
  (test: (ip: IpPacket) => boolean): Predicate =>
  ({ ip }) =>
    ip !== undefined && test(ip)

function onSide<T>(side: Side, test: (value: T) => boolean, source: T, destination: T): boolean {
  switch (side) {
    case 'source':
      return test(source)
    case 'destination':
      return test(destination)
    case 'both':
      return test(source) && test(destination)
    case 'either':
      return test(source) || test(destination)
  }
}

/** Whether a packet carries a protocol, be it as an extension header. */
function holds(ip: IpPacket, number: number): boolean {
  return ip.protocol === number || (ip.version === 6 && ip.extensions.some(({ type }) => type === number))
}

/** As pcap-filter has it: IPv4 addresses from 224.0.0.0 up, broadcast included. */
function isMulticast({ version, destinationBytes }: IpPacket): boolean {
  return version === 4 ? destinationBytes[0]! >= 224 : destinationBytes[0] === 0xff
}
