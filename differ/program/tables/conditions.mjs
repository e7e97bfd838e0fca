import { addresses, cmp, expression, hex, host, interfaceName, load, marks, masked, net, ports } from './values.mjs'

/** Parts of rules that match some packets and not others; each is a list of expressions. */

const ops = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte']
const same = (random) => (random.chance(0.75) ? 'eq' : 'neq')
const ofFamily = (version) => [load.meta('nfproto'), cmp('eq', hex(version === 4 ? '02' : '0a'))]
const ofProtocol = (number) => [load.meta('l4proto'), cmp('eq', net(number, 1))]
const where = { 4: { saddr: 12, daddr: 16, length: 4 }, 6: { saddr: 8, daddr: 24, length: 16 } }

/** What loads an address, with what makes sure that it is one. */
export function address(random, dreg = 1, version = random.pick([4, 4, 6])) {
  const { length, ...offsets } = where[version]
  const guard = random.chance(0.9) ? ofFamily(version) : []
  return {
    version,
    length,
    steps: [...guard, load.payload('networkHeader', random.pick(Object.values(offsets)), length, dreg)],
  }
}

/** What loads a port. */
export function port(random, dreg = 1) {
  const guard = random.chance(0.85) ? ofProtocol(random.pick([6, 17])) : []
  return [...guard, load.payload('transportHeader', random.pick([0, 2]), 2, dreg)]
}

const states = ['01000000', '02000000', '04000000', '08000000', '40000000', '0a000000', '06000000']
const interfaces = ['lo', 'left', 'right']

export const conditions = {
  protocol: (random) => [load.meta('l4proto'), cmp(same(random), net(random.pick([1, 6, 17, 58, 132]), 1))],
  version: (random) => [load.meta('nfproto'), cmp(same(random), hex(random.pick(['02', '0a'])))],
  ethertype: (random) => [load.meta('protocol'), cmp(same(random), hex(random.pick(['0800', '86dd'])))],
  address(random) {
    const { version, length, steps } = address(random)
    const value = random.pick(addresses[version])
    if (random.chance(0.6)) return [...steps, cmp(same(random), hex(value))]
    const mask = `${'ff'.repeat(length - 1)}${random.pick(['f8', 'fe', '00'])}`
    const bits = Array.from(
      { length },
      (_, i) => Number.parseInt(value.slice(2 * i, 2 * i + 2), 16) & Number.parseInt(mask.slice(2 * i, 2 * i + 2), 16),
    )
    return [
      ...steps,
      masked(hex(mask), hex('00'.repeat(length)), length),
      cmp(same(random), hex(Buffer.from(bits).toString('hex'))),
    ]
  },
  port: (random) => [...port(random), cmp(random.pick(ops), net(random.pick(ports), 2))],
  ports(random) {
    const [from, to] = [random.pick(ports), random.pick(ports)].toSorted((a, b) => a - b)
    return [
      ...port(random),
      expression('range', { sreg: 1, op: same(random), fromData: net(from, 2), toData: net(to, 2) }),
    ]
  },
  bytes(random) {
    const length = random.pick([1, 2, 4, 8, 16])
    const base = random.pick(['networkHeader', 'transportHeader', 'transportHeader', 'innerHeader'])
    return [
      load.payload(base, random.pick([0, 1, 4, 6, 8, 12, 20, 30]), length),
      cmp(random.pick(ops), hex(random.pick(['00', '45', '78', '80']).repeat(length))),
    ]
  },
  flags: (random) => [
    ...(random.chance(0.8) ? ofProtocol(6) : []),
    load.payload('transportHeader', 13, 1),
    masked(hex(random.pick(['17', '02', '12'])), hex('00'), 1),
    cmp(same(random), hex(random.pick(['02', '10', '12', '00']))),
  ],
  mark: (random) => [
    load.meta('mark'),
    masked(host(random.pick([0xff, 3, 0x10])), host(0)),
    cmp(same(random), host(random.pick(marks))),
  ],
  shifted: (random) => [
    load.meta('mark'),
    expression('bitwise', {
      sreg: 1,
      dreg: 1,
      len: 4,
      op: random.pick(['lshift', 'rshift']),
      data: host(random.pick([1, 4, 31])),
    }),
    cmp(same(random), host(random.pick([1, 2, 0x20]))),
  ],
  length: (random) => [
    load.meta('len'),
    expression('byteorder', { sreg: 1, dreg: 1, op: 'hton', len: 4, size: 4 }),
    cmp(random.pick(ops), net(random.pick([40, 60, 100, 140]), 4)),
  ],
  interface: (random) => {
    const text = random.pick(interfaces)
    return [
      load.meta(random.pick(['iifname', 'oifname'])),
      cmp(same(random), random.chance(0.8) ? interfaceName(text) : interfaceName(text.slice(0, 1), 1)),
    ]
  },
  kind: (random) => [load.meta(random.pick(['iiftype', 'oiftype'])), cmp(same(random), host(random.pick([1, 772]), 2))],
  priority: (random) => [load.meta('priority'), cmp(same(random), host(random.pick([0, 6, 7])))],
  sender: () => [load.meta('skuid'), cmp('neq', host(0xffff_fffe))],
  packetType: (random) => [load.meta('pkttype'), cmp(same(random), hex('00'))],
  state: (random) => [
    load.ct('state'),
    masked(hex(random.pick(states)), host(0)),
    cmp(random.pick(['neq', 'eq']), host(0)),
  ],
  connmark: (random) => [load.ct('mark'), cmp(same(random), host(random.pick(marks)))],
  direction: (random) => [load.ct('direction'), cmp('eq', hex(random.pick(['00', '01'])))],
  status: (random) => [
    load.ct('status'),
    masked(host(random.pick([2, 4, 8, 0x10, 0x180, 0x30])), host(0)),
    cmp(random.pick(['neq', 'eq']), host(0)),
  ],
  tuple(random) {
    const [key, length, value] = random.pick([
      ['srcIp', 4, random.pick(addresses[4])],
      ['dstIp', 4, random.pick(addresses[4])],
      ['srcIp6', 16, random.pick(addresses[6])],
      ['dstIp6', 16, random.pick(addresses[6])],
      ['protoSrc', 2, random.pick(ports).toString(16).padStart(4, '0')],
      ['protoDst', 2, random.pick(ports).toString(16).padStart(4, '0')],
    ])
    return [load.ct(key, random.pick(['original', 'reply'])), cmp(same(random), hex(value.padEnd(2 * length, '0')))]
  },
  tracked: (random) => [
    load.ct(random.pick(['protocol', 'l3protocol'])),
    cmp(same(random), hex(random.pick(['06', '11', '02', '0a']))),
  ],
  zone: (random) => [load.ct('zone'), cmp(same(random), host(random.pick([0, 1]), 2))],
  packets: (random) => [
    load.ct('pkts', random.pick(['original', 'reply', undefined])),
    expression('byteorder', { sreg: 1, dreg: 1, op: 'hton', len: 8, size: 8 }),
    cmp(random.pick(ops), net(random.pick([0, 1, 2, 3]), 8)),
  ],
  option: (random) => [
    expression('exthdr', { dreg: 1, op: 'tcpopt', type: random.pick([2, 3, 4, 8]), offset: 0, len: 1, flags: 1 }),
    cmp('eq', hex(random.pick(['00', '01']))),
  ],
  optionValue: (random) => [
    expression('exthdr', { dreg: 1, op: 'tcpopt', type: random.pick([2, 3]), offset: 2, len: random.pick([1, 2]) }),
    cmp(random.pick(ops), hex(random.pick(['05', '03']))),
  ],
  extension: (random) => [
    expression('exthdr', { dreg: 1, op: 'ipv6', type: random.pick([0, 44, 43]), offset: 0, len: 1, flags: 1 }),
    cmp('eq', hex(random.pick(['00', '01']))),
  ],
  local: (random) => [
    expression('fib', { dreg: 1, result: 'addrtype', flags: random.pick([1, 2]) }),
    cmp(same(random), host(random.pick([1, 2]))),
  ],
  hash: (random) => [
    load.payload('networkHeader', random.pick([12, 16]), random.pick([4, 8])),
    expression('hash', {
      sreg: 1,
      dreg: 1,
      len: 4,
      modulus: 3,
      seed: random.pick([1, 0xdead_beef]),
      offset: 0,
      type: 'jenkins',
    }),
    cmp(same(random), host(random.below(3))),
  ],
  every: (random) => [
    expression('numgen', { dreg: 1, modulus: random.pick([2, 3]), type: 'incremental', offset: random.pick([0, 5]) }),
    cmp(same(random), host(random.pick([0, 1, 5, 6]))),
  ],
}
