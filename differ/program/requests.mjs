import { marks, zones } from './rules.mjs'
import { tupleOf } from './tuples.mjs'

const statuses = [0x8, 0xa, 0xe, 0x0, 0x4, 0x1, 0x208, 0x408, 0x188, 0x40e, 0x2008]

/** What attributes of a connection may be. Tuples are text; `wire/request.mjs` makes attributes of them. */
const attributes = {
  timeout: (random) => random.pick([100, 100, 600, 10, 0x7fff_ffff]),
  status: (random) => random.pick(statuses),
  mark: (random) => random.pick(marks),
  markMask: (random) => random.pick([0, 1, 0xff]),
  zone: (random) => random.pick(zones),
  labels: (random) => random.pick(['00000001', '01'.padEnd(32, '0'), '80'.padEnd(32, '0'), 'ff'.padEnd(32, 'f')]),
  labelsMask: (random) => random.pick(['00000001', 'ff'.padEnd(32, 'f'), '0f'.padEnd(32, '0')]),
  help: (random) => ({ name: random.pick(['tftp', 'tftp', 'ftp', 'nosuch', '']) }),
  protoinfo: (random) => random.pick(states)(random),
  seqAdjOrig: (random) => ({ correctionPos: 2000, offsetBefore: 0, offsetAfter: random.pick([10, 0]) }),
  seqAdjReply: () => ({ correctionPos: 2000, offsetBefore: 0, offsetAfter: 5 }),
  synproxy: () => ({ isn: 1, its: 2, tsoff: 3 }),
  statusMask: (random) => random.pick([0, 2, 0xe]),
}

const states = [
  (random) => ({ tcp: { state: random.pick([1, 2, 3, 4, 7, 8, 9, 10]) } }),
  (random) => ({ tcp: { state: 3, wscaleOriginal: random.pick([0, 7, 14, 15]), wscaleReply: 7 } }),
  (random) => ({ tcp: { flagsOriginal: flagPair(random), flagsReply: flagPair(random) } }),
  (random) => ({ sctp: { state: random.pick([1, 4, 7, 9, 10]), vtagOriginal: 1, vtagReply: 2 } }),
  () => ({ sctp: { state: 4 } }),
]

const flagPair = (random) => ({ flags: random.pick([0, 1, 8, 0x0a, 0x3f]), mask: random.pick([0, 8, 0x0a, 0xff]) })

function chosen(random, weights) {
  const value = {}
  for (const [name, chance] of Object.entries(weights))
    if (random.chance(chance)) value[name] = attributes[name](random)
  return value
}

const usual = { mark: 0.3, markMask: 0.1, status: 0.35, labels: 0.15, labelsMask: 0.1, help: 0.12, protoinfo: 0.2 }
const rare = { zone: 0.06, seqAdjOrig: 0.04, seqAdjReply: 0.03, synproxy: 0.02, statusMask: 0.03 }

/** Requests by what they are; each makes the rest of a step. */
const kinds = {
  create: (random, version) => ({
    what: 'new',
    flags: random.weighted({ create: 4, 'create exclusive': 6, 'create replace': 1, '': 1 }),
    both: random.chance(0.93),
    tuple: tupleOf(random, version),
    ...(random.chance(0.1) && { reply: tupleOf(random, version) }),
    value: {
      ...(random.chance(0.95) && { timeout: attributes.timeout(random) }),
      ...chosen(random, { ...usual, ...rare }),
    },
    ...(random.chance(0.12) && { translate: translation(random, version) }),
  }),
  update: (random, version) => ({
    what: 'new',
    flags: random.weighted({ '': 8, replace: 1, create: 1 }),
    tuple: tupleOf(random, version),
    value: chosen(random, { ...usual, ...rare, timeout: 0.4 }),
  }),
  get: (random, version) => ({
    what: random.weighted({ get: 6, getCtrzero: 1 }),
    flags: '',
    tuple: tupleOf(random, version),
    value: chosen(random, { zone: 0.1, mark: 0.05 }),
  }),
  delete: (random, version) => ({
    what: 'delete',
    flags: '',
    tuple: tupleOf(random, version),
    value: chosen(random, { zone: 0.06 }),
  }),
  flush: (random, version) => ({ what: 'delete', flags: '', value: {}, ...filterOf(random, version) }),
  dump: (random, version) => ({
    what: random.weighted({ get: 8, getCtrzero: 2, getDying: 1, getUnconfirmed: 1, getStats: 1 }),
    dump: true,
    flags: '',
    value: {},
    ...filterOf(random, version),
  }),
}

const translation = (random, version) => ({
  source: random.chance(0.5),
  address: version === 4 ? random.pick(['10.9.9.9', '10.1.0.1']) : 'fd09::9',
  ...(random.chance(0.5) && { port: 2000 }),
})

/** What a dump or a flush is about. */
function filterOf(random, version) {
  const value = chosen(random, { mark: 0.3, markMask: 0.2, status: 0.2, statusMask: 0.15, zone: 0.15 })
  if (!random.chance(0.25)) return { value }
  const fields = random.some(
    ['ipSrc', 'ipDst', 'protoNum', 'protoSrcPort', 'protoDstPort', 'tupleZone'],
    random.between(1, 3),
  )
  return { value, tuple: tupleOf(random, version), fields, [random.chance(0.8) ? 'original' : 'reply']: true }
}

/** A request of connection tracking. */
export function requestOf(random) {
  const version = random.chance(0.7) ? 4 : 6
  const kind = random.weighted({ create: 8, update: 6, get: 4, delete: 3, flush: 1, dump: 3 })
  return {
    do: 'request',
    version: random.chance(0.04) ? random.pick([0, 4, 6]) : version,
    ...kinds[kind](random, version),
    ...(random.chance(0.15) && { echo: true }),
    ...(random.chance(0.1) && { silent: true }),
  }
}
