import { families, hooks } from '../program/tables/values.mjs'

const sent = ({ steps }) => steps.flatMap(({ packets = [] }) => packets)
const messages = ({ tables, steps }) => [...tables, ...steps.flatMap(({ messages = [] }) => messages)]
const values = (program, kind) => messages(program).flatMap((message) => (message.kind === kind ? message.value : []))
const bases = (program) => values(program, 'newChain').filter(({ hook }) => hook)
const expressions = (program) => values(program, 'newRule').flatMap((rule) => rule.expressions)
const named = (program, names) => expressions(program).filter(({ name }) => names.includes(name))
const keyOf = (object, value) => Object.keys(object).find((key) => object[key] === value)

const states = { invalid: 1, established: 2, related: 4, new: 8, untracked: 0x40 }

/** The states that expressions look for: a mask comes behind the state. */
function statesOf(list) {
  const masks = list.flatMap(({ data }, i) =>
    data?.key === 'state' ? Number.parseInt(list[i + 1].data.mask.value.hex.slice(0, 2), 16) : [],
  )
  return Object.keys(states).filter((name) => masks.some((mask) => mask & states[name]))
}

const days = (milliseconds) => Number(milliseconds.slice(0, -1)) / 86_400_000
const lifeOf = ({ timeout }) =>
  timeout === undefined ? 'for ever' : days(timeout) < 0.1 ? 'seconds' : `${days(timeout).toFixed(1)} days`

/** What programs with tables differ in, and which values of it one of them has. */
const dimensions = {
  families: (program) =>
    messages(program).flatMap(({ kind, family }) => (kind === 'newTable' ? keyOf(families, family) : [])),
  hooks: (program) => bases(program).map(({ hook }) => keyOf(hooks, hook.hooknum)),
  priorities: (program) => bases(program).map(({ hook }) => `${hook.priority}`),
  types: (program) => bases(program).map(({ type }) => type),
  policies: (program) => bases(program).map(({ policy = 'accept' }) => policy),
  sets: (program) => values(program, 'newSet').map(({ name }) => name),
  lifetimes: (program) => [
    ...values(program, 'newElements').flatMap(({ elements }) => elements.map(lifeOf)),
    ...named(program, ['dynset']).map(({ data }) => lifeOf(data)),
  ],
  translations: (program) => named(program, ['nat', 'masq', 'redir']).map(({ name, data }) => data.type ?? name),
  'states of connections': (program) => statesOf(expressions(program)),
  'keys of connections': (program) => named(program, ['ct']).map(({ data }) => data.key),
  expressions: (program) => expressions(program).map(({ name }) => name),
  changes: ({ steps }) => steps.flatMap(({ messages = [] }) => messages.map(({ kind }) => kind)),
  protocols: (program) => sent(program).map(({ proto }) => proto),
  verdicts: ({ steps }) => steps.flatMap(({ verdict = [] }) => verdict),
}

const sends = (step) => step.do === 'udp' || step.packets?.length > 0

/** Counts programs that have tables and packets, and how many of them have each value of each dimension. */
export class Dimensions {
  /** Programs that have tables and packets. */
  count = 0
  #values = new Map(Object.keys(dimensions).map((name) => [name, new Map()]))

  add(program) {
    if (!program.tables || !program.steps.some(sends)) return
    this.count++
    for (const [name, of] of Object.entries(dimensions)) {
      const counts = this.#values.get(name)
      for (const value of new Set(of(program))) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
  }

  /** A line for each, the most frequent values first. */
  get lines() {
    return Array.from(this.#values, ([name, counts]) => {
      const entries = [...counts].sort((a, b) => b[1] - a[1])
      return `${name}: ${entries.map(([value, count]) => `${value} ${count}`).join(', ')}`
    })
  }
}
