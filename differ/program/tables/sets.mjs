import { address, port } from './conditions.mjs'
import { addresses, expression, hex, host, load, marks, net, ports } from './values.mjs'

const flags = { constant: 2, interval: 4, map: 8, timeout: 0x10, eval: 0x20, concat: 0x80 }
const verdictType = 0xffff_ff00
const accept = { verdict: { code: 'accept' } }
const verdicts = (chains) => [
  accept,
  { verdict: { code: 'drop' } },
  { verdict: { code: 'continue' } },
  { verdict: { code: 'return' } },
  ...chains.flatMap((chain) => [{ verdict: { code: 'jump', chain } }, { verdict: { code: 'goto', chain } }]),
]

/** The sets of a table: what they are, and their elements; `chains` are those that verdicts may lead to. */
export function setsOf(random, chains) {
  const data = () => ({ data: random.pick(verdicts(chains)) })
  const lives = () => (random.chance(0.5) ? { timeout: random.pick(['100000000n', '50000000n']) } : {})
  const some = (list, make) => random.some(list, random.between(0, 3)).map(make)
  const key = (value) => ({ key: hex(value) })
  const portKey = (value) => ({ key: net(value, 2) })
  const size = random.pick([1, 2, 50])
  const meter = random.pick([undefined, { name: 'counter', data: {} }])
  return {
    hosts: [{ keyLen: 4 }, some(addresses[4], key)],
    hosts6: [{ keyLen: 16 }, some(addresses[6], key)],
    ports: [{ keyLen: 2 }, some(ports, portKey)],
    seen: [
      {
        keyLen: 4,
        flags: flags.timeout | (meter ? flags.eval : 0),
        ...(meter && { expr: meter }),
        gcInterval,
        ...(random.chance(0.3) && { timeout: random.pick(['100000000n', '50000000n']) }),
        desc: { size },
      },
      some(addresses[4].slice(0, random.chance(0.02) ? 5 : size), (value) => ({ ...key(value), ...lives() })),
    ],
    nets: [{ keyLen: 4, flags: flags.interval }, random.pick(networks)],
    pairs: [
      { keyLen: 8 },
      some(addresses[4], (value) => ({ key: hex(`${value}${net(random.pick(ports), 2).value.hex}0000`) })),
    ],
    ranges: [
      { keyLen: 8, flags: flags.interval | flags.concat, desc: { concat: [{ len: 4 }, { len: 2 }] } },
      random.chance(0.8) ? [{ key: hex('0a01000000500000'), keyEnd: hex('0a0100ff1b5f0000') }] : [],
    ],
    judged: [
      { keyLen: 4, flags: flags.map, dataType: verdictType },
      some(marks, (mark) => ({ key: host(mark), ...data() })),
    ],
    byPort: [
      { keyLen: 2, flags: flags.map, dataType: 19, dataLen: 4 },
      some(ports, (one) => ({ ...portKey(one), data: host(random.pick(marks)) })),
    ],
    byNet: [
      { keyLen: 4, flags: flags.map | flags.interval, dataType: verdictType },
      random.chance(0.7)
        ? [
            { key: hex('0a010000'), ...data() },
            { key: hex('0a010100'), flags: 1 },
          ]
        : [],
    ],
  }
}

/** Starts and ends of intervals. */
const networks = [
  [],
  [{ key: hex('0a010000') }, { key: hex('0a010002'), flags: 1 }],
  [
    { key: hex('0a010002') },
    { key: hex('0a020000'), flags: 1 },
    { key: hex('0a020005') },
    { key: hex('0a030000'), flags: 1 },
  ],
  [{ key: hex('0a020000') }],
]

/** Milliseconds: what is dead takes room until then, however fast a machine is. */
const gcInterval = 600_000

const lookup = (random, set, dreg) =>
  expression('lookup', {
    set,
    sreg: 1,
    ...(dreg !== undefined && { dreg }),
    flags: dreg === undefined && random.chance(0.25) ? 1 : 0,
  })
const ipv4 = (random, dreg) => address(random, dreg, 4).steps
const pair = (random) => [...ipv4(random, 8), ...port(random, 9)]
const toMark = expression('meta', { sreg: 1, key: 'mark' })

/** Parts of rules that look sets up, or change them. */
export const lookups = {
  hosts: (random) => [...ipv4(random), lookup(random, 'hosts')],
  hosts6: (random) => [...address(random, 1, 6).steps, lookup(random, 'hosts6')],
  ports: (random) => [...port(random), lookup(random, 'ports')],
  seen: (random) => [...ipv4(random), lookup(random, 'seen')],
  nets: (random) => [...ipv4(random), lookup(random, 'nets')],
  pairs: (random) => [...pair(random), lookup(random, 'pairs')],
  ranges: (random) => [...pair(random), lookup(random, 'ranges')],
  judged: (random) => [load.meta('mark'), lookup(random, 'judged', 0)],
  byPort: (random) => [...port(random), lookup(random, 'byPort', 1), toMark],
  byNet: (random) => [...ipv4(random), lookup(random, 'byNet', 0)],
  remember: (random) => [
    ...ipv4(random),
    expression('dynset', {
      setName: 'seen',
      op: random.pick(['add', 'add', 'update', 'delete']),
      sregKey: 1,
      ...(random.chance(0.5) && { timeout: '50000000n' }),
      ...(random.chance(0.2) && { flags: 1 }),
    }),
  ],
}
