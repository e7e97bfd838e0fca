import { geometric, summary } from './statistics.mjs'

const most = (limit) => ({ limit: `≤ ${limit}`, met: (value) => value <= limit })
const least = (limit) => ({ limit: `≥ ${limit}`, met: (value) => value >= limit })
const ratio = (above, below, wanted) => ({ wanted, of: (results) => results.ratios(above, below) })
/** The same by the geometric mean, with its interval: of pairs by the dozen. */
const mean = (above, below, wanted) => ({ ...ratio(above, below, wanted), figure: geometric })
const value = (what, wanted, scale = (v) => v) => ({ wanted, of: (results) => results.values(...what).map(scale) })

/** Paired ratios wanted, on the public API with everything on that is on by default. */
const wanted = [
  ['P1', 'CPU a packet, 64 bytes ÷ c-percall', ratio(cpu(64, 'node'), cpu(64, 'c-percall'), most(0.56))],
  ['P1', 'CPU a packet, 1400 bytes ÷ c-percall', ratio(cpu(1400, 'node'), cpu(1400, 'c-percall'), most(0.6))],
  ['P2', 'CPU a packet, 64 bytes ÷ c-mmsg', ratio(cpu(64, 'node'), cpu(64, 'c-mmsg'), most(1.12))],
  ['P3', 'async handler, 64 bytes ÷ c-percall', ratio(cpu(64, 'node async'), cpu(64, 'c-percall'), most(0.6))],
  ['P3', 'async handler, 1400 bytes ÷ c-percall', ratio(cpu(1400, 'node async'), cpu(1400, 'c-percall'), most(0.6))],
  ['P4', 'packets/s, 64 bytes ÷ c-percall', ratio(per(64, 'node'), per(64, 'c-percall'), least(1.5))],
  ['P5', 'rewritten, 1400 bytes ÷ c-percall', ratio(cpu(1400, 'node rewrite'), cpu(1400, 'c-percall'), most(0.68))],
  [
    'P6',
    'overload: accepted/s ÷ c-percall',
    ratio(['overload', 'node', 'rate'], ['overload', 'c-percall', 'rate'], least(2.3)),
  ],
  ['P6', 'bursts survived of each round’s', survival('node')],
  ['P6', 'the same with a small socket buffer', survival('node small buffer')],
  ['P7', '20,000 packets/s: CPU ÷ c-percall', ratio(['rate', 'node', 'cpu'], ['rate', 'c-percall', 'cpu'], most(1.1))],
  [
    'P7',
    'one at a time: median ÷ c-percall',
    ratio(['pingpong', 'node', 'p50'], ['pingpong', 'c-percall', 'p50'], most(1.05)),
  ],
  ['P8', 'TCP with gso ÷ no queue', ratio(['tcp', 'node gso', 'rate'], ['tcp', 'no queue', 'rate'], least(0.75))],
  ['P9', 'packets decoded, million/s', value(['decode-packets', 'node', 'object'], least(16), (ns) => 1e3 / ns)],
  [
    'P9',
    'the same ÷ libmnl',
    ratio(['decode-packets', 'c', 'libmnl'], ['decode-packets', 'node', 'object'], least(2.5)),
  ],
  ['P10', 'first conntrack dump ÷ C by hand', ratio(dump('node'), dump('c by hand'), most(1.12))],
  ['P10', 'first ÷ libnetfilter_conntrack', ratio(dump('node'), dump('libnetfilter_conntrack'), most(0.8))],
  ['P10', 'first ÷ conntrack -L', ratio(dump('node'), dump('conntrack -L'), most(0.5))],
  ['P10', 'warm conntrack dump ÷ C by hand', ratio(dump('node, warm'), dump('c by hand'), most(1.12))],
  ['P10', 'warm ÷ libnetfilter_conntrack', ratio(dump('node, warm'), dump('libnetfilter_conntrack'), most(0.8))],
  ['P10', 'warm ÷ conntrack -L', ratio(dump('node, warm'), dump('conntrack -L'), most(0.5))],
  [
    'P11',
    'connections decoded ÷ libmnl',
    ratio(['decode-flows', 'c', 'libmnl'], ['decode-flows', 'node', 'object'], least(3)),
  ],
  ['P12', '99.9 % of turns under a flood, ms', value(['turns', 'node turns', 'p999'], most(1), (us) => us / 1e3)],
  ['P12', 'longest turn under a flood, ms', value(['turns', 'node turns', 'longest'], most(1), (us) => us / 1e3)],
  ['P12', 'longest turn of a dump, ms', value(['dump', 'node, warm', 'longest'], most(1))],
  ['P13', 'a view of a packet, its protocol and ports, ns', value(call('view'), most(100))],
  ['P13', 'a new payload of 1360 bytes, µs', value(call('new payload'), most(2), microseconds)],
  ['P13', 'a datagram received in a full burst, µs', value(call('received datagram'), most(1.5), microseconds)],
  ['P14', 'hellos of TLS read, thousand/s', value(reading('hello'), least(300), (ns) => 1e6 / ns)],
  ['P14', 'its two hashes alone ÷ JA4', ratio(reading('its two hashes'), reading('ja4'), least(0.8))],
  ['P14', 'its cipher alone ÷ an Initial of QUIC', ratio(reading('its cipher'), reading('quic'), least(0.7))],
  [
    'P15',
    'CPU a Gbit of a TCP stream that is followed ÷ accepted',
    ratio(['tcp', 'node following', 'cpu'], ['tcp', 'node', 'cpu'], most(1.1)),
  ],
  ['P15', 'the same with gso', ratio(['tcp', 'node gso following', 'cpu'], ['tcp', 'node gso', 'cpu'], most(1.1))],
  ['P16', 'owner of a packet, unit too: median µs', value(owning('node, unit', 'p50'), most(25), microseconds)],
  ['P16', 'the same: 99 % µs', value(owning('node, unit', 'p99'), most(150), microseconds)],
  [
    'P16',
    'owner among 20,000 sockets ÷ among 10',
    ratio(owning('node, many sockets', 'p50'), owning('node', 'p50'), most(1.1)),
  ],
  ['P16', 'opening beside 10,000 that stopped ÷ alone, 99 %', value(['stalled', 'node holding', 'open99'], most(2))],
  [
    'P16',
    '100,000 elements committed: time ÷ nft -f',
    ratio(commit('node', 'wall'), commit('nft -f', 'wall'), most(1)),
  ],
  ['P16', 'the same: CPU ÷ nft -f', ratio(commit('node', 'cpu'), commit('nft -f', 'cpu'), most(1))],
  [
    'P16',
    'the same: memory above an idle program ÷ nft -f',
    ratio(commit('node', 'more'), commit('nft -f', 'more'), most(1)),
  ],
  ['P16', 'the same: all memory ÷ nft -f', ratio(commit('node', 'peak'), commit('nft -f', 'peak'), most(1))],
  [
    'P17',
    'rules that the simulated kernel judges by, million/s',
    value(['rules', '2,000 rules, run', 'rule'], least(1), (ns) => 1e3 / ns),
  ],
  [
    'P17',
    'a packet through 20 rules ÷ none',
    ratio(['rules', '20 rules', 'cpu'], ['rules', 'no rules', 'cpu'], most(1.3)),
  ],
  [
    'P18',
    'bulk TCP, 100,000 networks blocked ÷ one',
    ratio(['blocked', 'many networks', 'rate'], ['blocked', 'one network', 'rate'], least(0.97)),
  ],
  ['P18', 'all verdicts made void, ms', value(['reconsider', 'many connections', 'p99'], most(5))],
  [
    'P18',
    'the same with 200,000 connections ÷ 1,000',
    ratio(['reconsider', 'many connections', 'p50'], ['reconsider', 'few connections', 'p50'], most(1.1)),
  ],
  ['P19', 'connect() through the firewall with owner: median µs', value(connecting('p50'), most(90), microseconds)],
  ['P19', 'the same: 99 % µs', value(connecting('p99'), most(250), microseconds)],
  [
    'P19',
    'the same ÷ OpenSnitch, median',
    ratio(['connect', 'firewall, owner', 'p50'], ['connect', 'OpenSnitch', 'p50'], most(0.125)),
  ],
  [
    'P19',
    'CPU a GB of a stream: the same rules without a queue ÷ the firewall',
    mean(['bulk', 'rules without a queue', 'cpu'], ['bulk', 'firewall', 'cpu'], least(0.97)),
  ],
]

function cpu(size, contestant) {
  return [`saturated-${size}`, contestant, 'cpu']
}
function per(size, contestant) {
  return [`saturated-${size}`, contestant, 'rate']
}
function dump(contestant) {
  return ['dump', contestant, 'cpu']
}
function call(contestant) {
  return ['calls', contestant, 'cpu']
}
function commit(contestant, metric) {
  return ['commit-100000', contestant, metric]
}
function reading(contestant) {
  return ['readers', contestant, 'cpu']
}
function owning(contestant, key) {
  return ['owner', contestant, key]
}
function connecting(key) {
  return ['connect', 'firewall, owner', key]
}
function microseconds(ns) {
  return ns / 1e3
}
function survival(contestant) {
  const of = (results) => results.of('bursts', contestant).map(({ survived, bursts }) => survived / bursts)
  return { wanted: least(1), of }
}

/** Every goal something was measured for: limit, what was measured, and whether the median, or the mean, is within. */
export function goals(results) {
  return wanted.flatMap(([id, what, { wanted, of, figure = summary }]) => {
    const measured = figure(of(results))
    if (measured === undefined) return []
    return [{ id, what, limit: wanted.limit, measured, met: wanted.met(measured.median ?? measured.mean) }]
  })
}
