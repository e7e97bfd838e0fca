import { destinationPorts, endsOf, sourcePorts, ways } from './ends.mjs'

/** Numbers around the edges of windows: both sides of one connection that began with 1000 and 5000. */
const numbers = [0, 999, 1000, 1001, 1101, 1102, 4999, 5000, 5001, 5101, 66_000, 70_000, 0xffff_ffff]
const flags = {
  S: 6,
  SA: 5,
  A: 8,
  PA: 4,
  FA: 3,
  R: 2,
  RA: 3,
  F: 1,
  '': 1,
  SR: 1,
  SF: 1,
  U: 1,
  AU: 1,
  SEC: 1,
  FPU: 1,
  SAU: 1,
}
const options = ['', '0204057801030302', '0103030701010402', '01010402', '0101050a000003e9000003f3', '0300', '01030320']

const protocols = { udp: 6, tcp: 7, icmp: 4, error: 3, sctp: 3, gre: 2, udplite: 1, dccp: 1, other: 1 }

/** Descriptions of packets that go one way; `wire/packet.mjs` makes bytes of them. */
export function packetsOf(random, how) {
  const version = random.chance(0.65) ? 4 : 6
  if (random.chance(0.25)) return conversation(random, how, version)
  return Array.from({ length: random.weighted({ 1: 6, 2: 2, 3: 1 }) }, () => packet(random, how, version))
}

/** A packet for us in fragments, which come in any order. */
export function inFragments(random) {
  const version = random.pick([4, 6])
  const [from, to] = ways.receive[version][0]
  const proto = random.pick(['udp', 'udp', 'tcp', 'icmp', 'sctp', 'other'])
  const transport = transports[proto](random, 'receive', version)
  return {
    from,
    to,
    ports: [random.pick(sourcePorts), random.pick(destinationPorts)],
    proto,
    ...transport,
    bytes: random.pick([100, 500, 1200]),
    ...(random.chance(0.1) && { wrong: true }),
    fragment: random.pick([8, 64, 160, 400, 800]),
    order: random.pick(['straight', 'reversed', 'doubled', 'lacking']),
  }
}

/** The beginning of a TCP connection, as far as it comes. */
function conversation(random, how, version) {
  const { from, to, ports } = endsOf(random, how, version)
  const there = { from, to, ports, proto: 'tcp', window: 1000 }
  const back = { ...there, from: to, to: from, ports: ports.toReversed() }
  const segments = [
    { ...there, flags: 'S', seq: 1000, ack: 0 },
    { ...back, flags: 'SA', seq: 5000, ack: 1001 },
    { ...there, flags: 'A', seq: 1001, ack: 5001 },
    { ...there, flags: 'PA', seq: 1001, ack: 5001, bytes: 100 },
    { ...back, flags: 'FA', seq: 5001, ack: 1101 },
    { ...there, flags: 'FA', seq: 1101, ack: 5002 },
    { ...back, flags: 'A', seq: 5002, ack: 1102 },
  ]
  const some = segments.slice(0, random.between(1, segments.length))
  return how === 'emit' ? some : some.filter((one) => one.from === from)
}

function packet(random, how, version) {
  const proto = random.weighted(protocols)
  return { ...endsOf(random, how, version), proto, ...network(random, how), ...transports[proto](random, how, version) }
}

/** What the network header says besides. */
function network(random, how) {
  return {
    ...(random.chance(0.1) && { ttl: random.pick([3, 33, 128]) }),
    ...(random.chance(0.1) && { tos: random.pick([0x10, 0xb8]) }),
    ...(random.chance(0.08) && { extended: true }),
    ...(random.chance(0.08) && { cut: random.pick([0, 3, 4, 7, 8, 11, 12, 19]) }),
    ...(random.chance(0.08) && { wrong: true }),
    ...(how === 'emit' && random.chance(0.05) && { bytes: 2000 }),
  }
}

const bytes = (random) => (random.chance(0.6) ? { bytes: random.pick([1, 5, 8, 100, 1200]) } : {})

const transports = {
  udp: (random) => ({
    ...bytes(random),
    ...(random.chance(0.05) && { length: random.pick([0, 7, 8, 9, 60_000]) }),
    ...(random.chance(0.05) && { unsummed: true }),
  }),
  tcp: (random) => ({
    flags: random.weighted(flags),
    seq: random.pick(numbers),
    ack: random.pick(numbers),
    window: random.pick([0, 1, 1000, 65_535]),
    ...(random.chance(0.3) && { options: random.pick(options) }),
    ...bytes(random),
  }),
  icmp: (random, _, version) => ({
    type:
      version === 4
        ? random.pick([8, 8, 8, 0, 0, 13, 14, 15, 16, 17, 18, 1, 9, 10, 19, 255])
        : random.pick([128, 128, 128, 129, 129, 133, 134, 135, 136, 137, 139, 140, 143, 151, 155]),
    code: random.weighted({ 0: 8, 1: 1 }) === '1' ? 1 : 0,
    id: random.pick([7, 8]),
    ...bytes(random),
  }),
  error: (random, how, version) => ({
    type: version === 4 ? random.pick([3, 3, 11, 12, 4]) : random.pick([1, 1, 3, 4, 2]),
    code: random.pick([0, 0, 1, 3]),
    about: quoted(random, how, version),
    ...(random.chance(0.2) && { quote: random.pick([0, 20, 23, 24, 28, 40, 44, 48]) }),
  }),
  sctp: (random) => ({
    tag: random.pick([0, 0, 1, 2, 77]),
    chunks: Array.from({ length: random.weighted({ 1: 6, 2: 2, 0: 1 }) }, () => chunk(random)),
  }),
  gre: (random) => ({ gre: random.pick(['00000800', '2001880b00000007', '2001080000000007', '2001880b', '00']) }),
  udplite: (random) => ({ ...bytes(random), coverage: random.pick([0, 8, 7, 20]) }),
  dccp: (random) => ({ type: random.below(10), ...bytes(random) }),
  other: (random) => ({ number: random.pick([89, 50, 2, 99]), ...bytes(random) }),
}

const chunk = (random) => ({
  type: random.pick([1, 1, 2, 4, 5, 6, 7, 8, 10, 11, 14, 0, 3, 9, 200]),
  flags: random.chance(0.2) ? 1 : 0,
  tag: random.pick([1, 2, 77]),
})

/** The packet an error is about went the other way. */
function quoted(random, how, version) {
  const proto = random.pick(['udp', 'udp', 'tcp', 'icmp', 'sctp', 'gre', 'other', 'error'])
  const ends = endsOf(random, how, version)
  const about = { proto, from: ends.to, to: ends.from, ports: ends.ports.toReversed() }
  return proto === 'error'
    ? { ...about, type: 3, code: 3, about: { ...about, proto: 'udp' } }
    : { ...about, ...transports[proto](random, how, version) }
}
