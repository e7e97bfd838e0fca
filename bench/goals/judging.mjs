import { goal, largest, least, most, ratio, value } from './goal.mjs'

const sizes = [64, 1400]
const cpu = (size, contestant) => [`saturated-${size}`, contestant, 'cpu']
const empty = 'node, empty'

const byHand = 'node, by hand'

/** CPU a packet over that of the ideal in C; the least that judging it costs in JavaScript is the floor. */
const beside = (id, what, contestant, reference, wanted, { floor = byHand, of = sizes } = {}) =>
  of.map((size) =>
    goal(id, `${what}, ${size} bytes ÷ ${reference}`, ratio(cpu(size, contestant), cpu(size, reference)), wanted, {
      name: floor,
      figure: ratio(cpu(size, floor), cpu(size, reference)),
    }),
  )

const survival = (contestant) => (results) =>
  results.of('bursts', contestant).map(({ survived, bursts }) => survived / bursts)

/** The last step of a series over its first, and the same of its floor. */
const flat = (what, scene, metric, [from, to], floor) => {
  const growth = (series) => ratio([scene, `${series} at ${to}`, metric], [scene, `${series} at ${from}`, metric])
  return goal('P13', what, growth('node'), most(1.1), floor && { name: floor, figure: growth(floor) })
}

/** What each rule from the middle step on adds, over what each before it added. */
const linear =
  (scene, [from, middle, to]) =>
  (results) => {
    const [low, mid, high] = [from, middle, to].map((at) => results.rounds([scene, `node at ${at}`, 'cpu']))
    return low.map((_, i) => (high[i] - mid[i]) / (to - middle) / ((mid[i] - low[i]) / (middle - from)))
  }

const patterns = [
  ...['small', 'of 1,400 bytes', 'large', 'small, one of each burst'],
  ...['small beside large', 'large beside small'],
]

const few = [
  'four small, one of each burst',
  ...['four small beside large', 'four small after large', 'four small before large'],
  ...['four of 1,400 bytes after large', 'four of 1,400 bytes before large'],
]

/** Packets that are judged: on the public API with everything on that is on by default. */
export const judging = [
  ...beside('P1', 'CPU a packet', 'node', 'c-mmsg', most(1.05)),
  ...beside('P2', 'equal verdicts', 'node batch', 'c-mmsg', most(0.97), { floor: empty, of: [64] }),
  ...beside('P2', 'equal verdicts', 'node batch', 'c-mmsg batch', most(1.08), { floor: empty, of: [64] }),
  ...beside('P3', 'async handler', 'node async', 'c-mmsg', most(1.15), { floor: 'node, by hand, async' }),
  ...beside('P3', 'for await', 'node for await', 'c-mmsg', most(1.25), { floor: 'node, by hand, loop', of: [64] }),
  goal(
    'P4',
    'bytes allocated for a packet: id, mark and length read',
    value(['allocations', 'id, mark and length', 'bytes']),
    most(128),
  ),
  goal('P4', 'objects, the same', value(['allocations', 'id, mark and length', 'objects']), most(1.05)),
  ...[
    ['the same and payload', 2],
    ['the same and ip', 2],
    ['the same, ip and udp', 3],
  ].map(([what, objects]) =>
    goal('P4', `objects: ${what}`, value(['allocations', what, 'objects']), most(objects + 0.05)),
  ),
  ...beside('P5', 'payload rewritten', 'node rewrite', 'c-mmsg rewrite', most(1.12), {
    floor: 'node, by hand, rewrite',
  }),
  goal(
    'P6',
    'overload: accepted/s ÷ c-mmsg',
    ratio(['overload', 'node', 'rate'], ['overload', 'c-mmsg', 'rate']),
    least(0.97),
    { name: byHand, figure: ratio(['overload', byHand, 'rate'], ['overload', 'c-mmsg', 'rate']) },
  ),
  goal('P6', 'bursts survived of each round’s', survival('node'), least(1)),
  goal('P6', 'the same with a small socket buffer', survival('node small buffer'), least(1)),
  goal(
    'P7',
    '20,000 packets/s: CPU ÷ node, empty',
    ratio(['rate', 'node', 'cpu'], ['rate', empty, 'cpu']),
    most(1.08),
    {
      name: byHand,
      figure: ratio(['rate', byHand, 'cpu'], ['rate', empty, 'cpu']),
    },
  ),
  goal(
    'P7',
    'one at a time: median ÷ node, empty',
    ratio(['pingpong', 'node', 'p50'], ['pingpong', empty, 'p50']),
    most(1.05),
    { name: byHand, figure: ratio(['pingpong', byHand, 'p50'], ['pingpong', empty, 'p50']) },
  ),
  goal('P8', 'TCP with gso ÷ no queue', ratio(['tcp', 'node gso', 'rate'], ['tcp', 'no queue', 'rate']), least(0.85), {
    name: 'c-mmsg gso',
    figure: ratio(['tcp', 'c-mmsg gso', 'rate'], ['tcp', 'no queue', 'rate']),
  }),
  goal('P8', 'TCP without gso ÷ c-mmsg', ratio(['tcp', 'node', 'rate'], ['tcp', 'c-mmsg', 'rate']), least(0.95)),
  goal('P12', '99.9 % of turns under a flood, ms', value(['turns', 'node turns', 'p999'], 1e-3), most(1)),
  goal('P12', '99.9 % of turns in a dump, ms', value(['dump', 'node, warm', 'p999']), most(1)),
  flat('8,192 packets wait ÷ 1', 'growth-waiting', 'cpu', [1, 8192], 'node, by hand, kept'),
  flat('200 queues ÷ 1', 'growth-queues', 'cpu', [1, 200], 'c-mmsg'),
  flat('an entry of 1,000,000 ÷ of 1,000', 'growth-entries', 'cpu', [1_000, 1_000_000], 'node, bytes'),
  flat('the same, not the kernel’s', 'growth-entries', 'user', [1_000, 1_000_000], 'node, bytes'),
  goal('P13', 'a rule of 100 to 1,000 ÷ of 1 to 100', linear('growth-rules', [1, 100, 1_000]), most(1.1)),
  goal(
    'P14',
    'bytes held for a packet that waits among many ÷ (2 × length + 1 KiB), the worst pattern',
    largest(patterns.map((pattern) => value(['memory', pattern, 'share']))),
    most(1),
  ),
  goal(
    'P14',
    'the same of four that wait, of what packets lie in, the worst pattern',
    largest(few.map((pattern) => value(['memory', pattern, 'share']))),
    most(1),
  ),
  ...['web', 'bulk', 'dns'].flatMap((kind) => [
    goal('P15', `replay: ${kind}, thousand packets/s`, value(['replay', kind, 'rate'], 1e-3), least(100)),
    goal('P15', `the same: peak MB`, value(['replay', kind, 'peak'], 1e-6), most(150)),
  ]),
  goal(
    'P16',
    'two queues: packets/s of two workers ÷ one',
    ratio(['pool', '2 workers', 'rate'], ['pool', '1 worker', 'rate']),
    least(1.8),
    { name: 'c-mmsg', figure: ratio(['pool', 'c-mmsg twice', 'rate'], ['pool', 'c-mmsg', 'rate']) },
  ),
]
