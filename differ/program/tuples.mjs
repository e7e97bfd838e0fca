import { destinationPorts, sourcePorts, withPort } from './ends.mjs'

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
  if (protocol === 'icmp') {
    const [name, type] = version === 4 ? ['icmp', 8] : ['icmpv6', 128]
    return `${name} ${from} > ${to} type ${type} code 0 id ${random.pick([7, 8])}`
  }
  if (protocol === 'ospf') return `89 ${from} > ${to}`
  const [source, destination] =
    protocol === 'gre' ? [0, random.pick([0, 7])] : [pick(sourcePorts), pick(destinationPorts)]
  return `${protocol} ${withPort(from, source)} > ${withPort(to, destination)}`

  function pick(ports) {
    return random.pick(ports)
  }
}
