import {
  addresses,
  cmp,
  expression,
  families,
  hex,
  hooks,
  host,
  interfaceName,
  load,
  marks,
  masked,
  net,
  ports,
} from './values.mjs'

/** Parts of rules that do something and let the packet go on. */

const setMeta = (key, sreg = 1) => expression('meta', { sreg, key })
const setCt = (key, sreg = 1) => expression('ct', { sreg, key })
const target = (name, rev, info) => expression('target', { name, rev, info: { hex: info } })
const le = (value, bytes = 4) => host(value, bytes).value.hex

/** Writes that leave a packet on its way. */
const writes = [
  { base: 'networkHeader', offset: 1, len: 1, value: 'b8', guard: '02', csumType: 'inet', csumOffset: 10 },
  { base: 'transportHeader', offset: 0, len: 2, value: '03e9', csumType: 'inet', csumOffset: 16, proto: '06' },
  { base: 'transportHeader', offset: 2, len: 2, value: '1b5f', csumType: 'inet', csumOffset: 6, proto: '11' },
  { base: 'transportHeader', offset: 14, len: 2, value: '0400', csumType: 'inet', csumOffset: 16, proto: '06' },
  { base: 'transportHeader', offset: 8, len: 4, value: '00000000', proto: '11' },
]

export const statements = {
  counter: () => [expression('counter', {})],
  mark: (random) => [load.constant(host(random.pick(marks))), setMeta('mark')],
  markBits: (random) => [
    load.meta('mark'),
    masked(host(random.pick([0xf, 0xffff_fff0])), host(random.pick([0, 1, 0x20]))),
    setMeta('mark'),
  ],
  priority: (random) => [load.constant(host(random.pick([0, 7]))), setMeta('priority')],
  connmark: (random) => [load.constant(host(random.pick(marks))), setCt('mark')],
  saveMark: () => [load.meta('mark'), setCt('mark')],
  restoreMark: () => [load.ct('mark'), setMeta('mark')],
  limit: (random) => [
    expression('limit', {
      rate: '1n',
      unit: '604800n',
      burst: random.pick([0, 1, 2, 100]),
      type: random.pick(['pkts', 'pkts', 'pktBytes']),
      flags: random.pick([0, 0, 1]),
    }),
  ],
  quota: (random) => [expression('quota', { bytes: `${random.pick([50, 100, 300])}n`, flags: random.pick([0, 0, 1]) })],
  write(random) {
    const { guard, proto, value, ...write } = random.pick(writes)
    const guards = guard
      ? [load.meta('nfproto'), expression('cmp', { sreg: 1, op: 'eq', data: hex(guard) })]
      : [load.meta('l4proto'), expression('cmp', { sreg: 1, op: 'eq', data: hex(proto) })]
    return [...guards, load.constant(hex(value)), expression('payload', { sreg: 1, ...write })]
  },
  object: (random) => [
    expression(
      'objref',
      random.pick([
        { immType: 'counter', immName: 'hits' },
        { immType: 'quota', immName: 'volume' },
      ]),
    ),
  ],
  targetMark: (random) => [target('MARK', 2, `${le(random.pick(marks))}${le(random.pick([0xff, 0xffff_ffff]))}`)],
  targetConnmark: (random) => [
    target('CONNMARK', 1, `${le(random.pick(marks))}${le(0xff)}${le(0xff)}${random.pick(['00', '01', '02'])}000000`),
  ],
  matchMark: (random) => [
    expression('match', {
      name: 'mark',
      rev: 1,
      info: { hex: `${le(random.pick(marks))}${le(0xff)}${random.pick(['00', '01'])}000000` },
    }),
  ],
  matchConnmark: (random) => [
    expression('match', {
      name: 'connmark',
      rev: 1,
      info: { hex: `${le(random.pick(marks))}${le(0xff)}${random.pick(['00', '01'])}000000` },
    }),
  ],
  matchState(random) {
    const info = new Uint8Array(168)
    info.set([random.pick([1, 1, 0x40]), random.pick([0, 0x10])], 146)
    info.set([random.pick([0, 0, 1]), 0], 148)
    info.set([random.pick([1, 2, 4, 8, 10]), random.pick([0, 0, 1])], 150)
    info.set([random.pick([2, 4, 8, 0])], 152)
    return [expression('match', { name: 'conntrack', rev: 3, info: { hex: Buffer.from(info).toString('hex') } })]
  },
  comment: () => [expression('match', { name: 'comment', rev: 0, info: { hex: '61'.padEnd(512, '0') } })],
}

/** Extensions that tables of both versions of IP do not have. */
export const ofOneVersion = ['targetMark', 'targetConnmark']

const address = (random, version) => load.constant(hex(random.pick(addresses[version].slice(0, 2))))
const port = (random) => [
  load.meta('l4proto'),
  cmp('eq', hex(random.pick(['06', '11']))),
  load.constant(net(random.pick(ports), 2), 2),
]
const nat = (type, version, registers) =>
  expression('nat', { type, family: version === 4 ? families.ip : families.ip6, ...registers })

/** What ends a rule with a verdict, of chains that translate, by hook. */
const destinations = {
  address: (random, version) => [address(random, version), nat('dnat', version, { regAddrMin: 1 })],
  port: (random, version) => [...port(random), nat('dnat', version, { regProtoMin: 2 })],
  both: (random, version) => [
    ...port(random),
    address(random, version),
    nat('dnat', version, { regAddrMin: 1, regProtoMin: 2 }),
  ],
  here: () => [expression('redir', {})],
  herePort: (random) => [...port(random), expression('redir', { regProtoMin: 2 })],
}
const sources = {
  address: (random, version) => [address(random, version), nat('snat', version, { regAddrMin: 1 })],
}
/** What comes from elsewhere for this machine: what is forwarded would find another way. */
const forUs = [expression('fib', { dreg: 1, result: 'addrtype', flags: 2 }), cmp('eq', host(2))]
const arriving = (ways) =>
  Object.fromEntries(Object.entries(ways).map(([name, make]) => [name, (...all) => [...forUs, ...make(...all)]]))

export const translations = {
  [hooks.prerouting]: arriving(destinations),
  [hooks.output]: destinations,
  [hooks.input]: sources,
  [hooks.postrouting]: {
    ...sources,
    // Of the addresses of `lo` each kernel chooses one in its own way.
    masquerade: () => [load.meta('oifname'), cmp('eq', interfaceName('right')), expression('masq', {})],
  },
}
