import { Random } from '../../attack/random.mjs'
import { sourcePorts } from './ends.mjs'
import { expectationOf, policyOf } from './objects.mjs'
import { inFragments, packetsOf } from './packets.mjs'
import { requestOf } from './requests.mjs'
import { marks, rulesOf } from './rules.mjs'
import { settingsOf } from './settings.mjs'
import { changeOf, hasty, tablesOf } from './tables/index.mjs'
import { batchOf, configurationOf, settingOf, verdictOf } from './verdicts.mjs'

/** So many programs in a row have the same rules. */
const sharing = 25
/** Of so many in a row the first have rules of iptables, and the others tables of nf_tables. */
const [round, withRules] = [200, 3 * sharing]

const labels = { program: 1, rules: 2 }

/** The program of a number that follows from a seed: data, which two kernels go through alike. */
export function programOf(seed, index) {
  const random = new Random(seed, index, labels.program)
  const hasTables = index % round >= withRules
  const rules = hasTables ? [] : rulesOf(new Random(seed, Math.floor(index / sharing), labels.rules))
  const tables = hasTables ? tablesOf(random) : undefined
  const steps = Array.from({ length: random.between(2, 14) }, () => stepOf(random, rules, tables))
  const waits = tables && hasty(tables) !== tables && random.chance(0.015)
  return {
    rules,
    ...(tables && { tables: waits ? hasty(tables) : tables }),
    settings: settingsOf(random),
    queues: [7, 8].filter(() => random.chance(0.92)).map((number) => ({ number, settings: settingOf(random) })),
    groups: random.chance(0.75) ? [1, 2, 3, 4, 6].filter(() => random.chance(0.9)) : [],
    steps: waits ? steps.toSpliced(random.below(steps.length), 0, wait) : steps,
  }
}

/** For the end of elements that live for seconds: kernels count what died for another second. */
const wait = { do: 'pass', seconds: 6.5 }

const kinds = {
  emit: (random) => ({ do: 'emit', packets: packetsOf(random, 'emit'), ...sent(random) }),
  receive: (random) => ({ do: 'receive', packets: packetsOf(random, 'receive') }),
  fragments: (random) => ({ do: 'receive', packets: [inFragments(random)] }),
  udp: (random) => ({
    do: 'udp',
    version: random.chance(0.7) ? 4 : 6,
    ports: [random.pick(sourcePorts.slice(0, 2)), random.pick([7007, 7008])],
    bytes: random.pick([0, 5, 300]),
    ...(random.chance(0.15) && { segment: 100 }),
    ...sent(random),
  }),
  verdict: verdictOf,
  batch: batchOf,
  request: requestOf,
  expectation: expectationOf,
  policy: policyOf,
  configure: configurationOf,
  datagram: (random) => ({
    do: 'datagram',
    requests: Array.from({ length: random.between(2, 4) }, () => ({
      ...kinds[random.pick(bundled)](random),
      dump: undefined,
    })),
  }),
  change: (random, tables) => ({
    do: 'change',
    messages: Array.from({ length: random.between(1, 2) }, () => changeOf(random, tables)),
  }),
  pass: (random) => ({ do: 'pass', seconds: random.pick([1.3, 2.3]) }),
}

/** What comes in one datagram with others. */
const bundled = ['verdict', 'verdict', 'batch', 'request', 'request', 'expectation', 'policy']

/** How often in a thousand and some. Time is real on a real kernel. */
const often = {
  emit: 270,
  receive: 70,
  fragments: 25,
  udp: 40,
  verdict: 220,
  batch: 50,
  request: 270,
  expectation: 40,
  policy: 15,
  configure: 25,
  datagram: 40,
  pass: 1,
}

/** What stops at a hook point passes the chains by that tell answers apart. */
const observed = (step) => ({
  ...step,
  ...(['stop', 'wide'].includes(step.verdict) && { verdict: 'accept' }),
  ...(step.requests && { requests: step.requests.map(observed) }),
})

/** The same beside tables: more packets, and less of what is asked of connections. */
const oftenWithTables = {
  ...often,
  emit: 450,
  receive: 200,
  request: 60,
  expectation: 5,
  policy: 5,
  datagram: 10,
  change: 50,
}

/** Fragments are put together before they are tracked; where nothing is, they go on as they are until they are ours. */
function stepOf(random, rules, tables) {
  const tracks = rules.some(({ action }) => action.kind === 'track')
  if (tables) return observed(kinds[random.weighted(oftenWithTables)](random, tables))
  return kinds[random.weighted(tracks ? often : { ...often, fragments: 0 })](random)
}

const sent = (random) => ({
  ...(random.chance(0.12) && { mark: random.pick(marks) }),
  ...(random.chance(0.08) && { priority: 7 }),
})
