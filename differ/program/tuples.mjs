import { formatTuple } from '@nfkit/inet'
import { destinationPorts, sourcePorts } from './ends.mjs'

const pairs = {
  4: [
    ['10.1.0.1', '10.1.0.2'],
    ['10.1.0.2', '10.1.0.1'],
    ['10.2.0.9', '10.3.0.9'],
    ['10.2.0.9', '10.2.0.1'],
  ],
  6: [
    ['fd00::1', 'fd00::2'],
    ['fd00::2', 'fd00::1'],
    ['fd02::9', 'fd03::9'],
  ],
}

/** The tuple of a connection that packets may have begun, as text. */
export function tupleOf(random, version) {
  const [from, to] = random.pick(pairs[version])
  const protocol = random.weighted({ udp: 6, tcp: 5, icmp: 2, sctp: 2, gre: 1, ospf: 1 })
  const between = (fields) =>
    formatTuple({
      source: { address: from, port: fields.from },
      destination: { address: to, port: fields.to },
      ...fields,
    })
  switch (protocol) {
    case 'icmp':
      return between({
        protocol: version === 4 ? 'icmp' : 'icmpv6',
        icmp: { type: version === 4 ? 8 : 128, code: 0, id: random.pick([7, 8]) },
      })
    case 'ospf':
      return between({ protocol: 89 })
    case 'gre':
      return between({ protocol, from: 0, to: random.pick([0, 7]) })
    default:
      return between({ protocol, from: random.pick(sourcePorts), to: random.pick(destinationPorts) })
  }
}
