import { goal, least, meanGoal, most, per, ratio, value } from './goal.mjs'

const call = (contestant) => ['calls', contestant, 'cpu']
const reading = (contestant) => ['readers', contestant, 'cpu']
const owning = (contestant, key) => ['owner', contestant, key]
const commit = (contestant, metric) => ['commit-100000', contestant, metric]
const connecting = (contestant, key) => ['connect', contestant, key]
const following = (how) => ratio(['tcp', `node${how} following`, 'cpu'], ['tcp', `node${how}`, 'cpu'])
/** Of nanoseconds. */
const microseconds = 1e-3

/** C that is woken for the first packet of a connection alone, asks whose it is, and accepts it. */
const asking = 'c-percall, owner'
const asked = (key) => ({ name: asking, figure: value(connecting(asking, key), microseconds) })

/** What else is measured, of packages beside and above the queue. */
export const packages = [
  goal('P17', 'a view of a packet, its protocol and ports, ns', value(call('view')), most(100)),
  goal('P17', 'a new payload of 1360 bytes, µs', value(call('new payload'), microseconds), most(2)),
  goal('P17', 'a datagram received in a full burst, µs', value(call('received datagram'), microseconds), most(1.5)),
  goal('P18', 'hellos of TLS read, thousand/s', per(reading('hello'), 1e6), least(300)),
  goal('P18', 'its two hashes alone ÷ JA4', ratio(reading('its two hashes'), reading('ja4')), least(0.8), {
    name: 'ja4 by hand',
    figure: ratio(reading('its two hashes'), reading('ja4 by hand')),
  }),
  goal('P18', 'its cipher alone ÷ an Initial of QUIC', ratio(reading('its cipher'), reading('quic')), least(0.7)),
  goal('P19', 'CPU a Gbit of a TCP stream that is followed ÷ accepted', following(''), most(1.1)),
  goal('P19', 'the same with gso', following(' gso'), most(1.1)),
  goal('P20', 'owner of a packet, unit too: median µs', value(owning('node, unit', 'p50'), microseconds), most(25)),
  goal('P20', 'the same: 99 % µs', value(owning('node, unit', 'p99'), microseconds), most(150)),
  goal(
    'P20',
    'owner among 20,000 sockets ÷ among 10',
    ratio(owning('node, many sockets', 'p50'), owning('node', 'p50')),
    most(1.1),
  ),
  goal(
    'P20',
    'opening beside 10,000 that stopped ÷ alone, 99 %',
    value(['stalled', 'node holding', 'open99']),
    most(2),
  ),
  ...[
    ['100,000 elements committed: time ÷ nft -f', 'wall'],
    ['the same: CPU ÷ nft -f', 'cpu'],
    ['the same: memory above an idle program ÷ nft -f', 'more'],
  ].map(([what, key]) => goal('P20', what, ratio(commit('node', key), commit('nft -f', key)), most(1))),
  goal('P20', 'the same: all memory ÷ nft -f', ratio(commit('node', 'peak'), commit('nft -f', 'peak')), most(1), {
    name: 'node, one element',
    figure: ratio(commit('node, one element', 'peak'), commit('nft -f', 'peak')),
  }),
  goal(
    'P21',
    'rules that the simulated kernel judges by, million/s',
    per(['rules', '2,000 rules, run', 'rule'], 1e3),
    least(1),
  ),
  goal(
    'P21',
    'a packet through 20 rules ÷ none',
    ratio(['rules', '20 rules', 'cpu'], ['rules', 'no rules', 'cpu']),
    most(1.3),
  ),
  goal(
    'P22',
    'bulk TCP, 100,000 networks blocked ÷ one',
    ratio(['blocked', 'many networks', 'rate'], ['blocked', 'one network', 'rate']),
    least(0.97),
  ),
  goal('P22', 'all verdicts made void, ms', value(['reconsider', 'many connections', 'p99']), most(5)),
  goal(
    'P22',
    'the same with 200,000 connections ÷ 1,000',
    ratio(['reconsider', 'many connections', 'p50'], ['reconsider', 'few connections', 'p50']),
    most(1.1),
  ),
  goal(
    'P23',
    'connect() through the firewall with owner: median µs',
    value(connecting('firewall, owner', 'p50'), microseconds),
    most(90),
    asked('p50'),
  ),
  goal('P23', 'the same: 99 % µs', value(connecting('firewall, owner', 'p99'), microseconds), most(250), asked('p99')),
  goal(
    'P23',
    'the same ÷ OpenSnitch, median',
    ratio(connecting('firewall, owner', 'p50'), connecting('OpenSnitch', 'p50')),
    most(0.125),
    { name: asking, figure: ratio(connecting(asking, 'p50'), connecting('OpenSnitch', 'p50')) },
  ),
  meanGoal(
    'P23',
    'CPU a GB of a stream: the same rules without a queue ÷ the firewall',
    ratio(['bulk', 'rules without a queue', 'cpu'], ['bulk', 'firewall', 'cpu']),
    least(0.97),
  ),
]
