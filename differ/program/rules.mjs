import { formatEnd } from '@nfkit/inet'

/** The tables at each hook, as iptables has them. */
const tables = {
  prerouting: ['raw', 'mangle'],
  input: ['mangle', 'filter', 'security'],
  forward: ['mangle', 'filter', 'security'],
  output: ['raw', 'mangle', 'filter', 'security'],
  postrouting: ['mangle'],
}

/** What rules of a table do, and how often. */
const actions = {
  raw: { notrack: 2, zone: 2, helper: 2, queue: 3, drop: 1 },
  mangle: { mark: 4, connmark: 3, queue: 5, drop: 1, accept: 1 },
  filter: { queue: 8, drop: 1, accept: 2, label: 2 },
  security: { queue: 5, drop: 1, accept: 1 },
}

export const queues = [7, 8, 9]
export const marks = [1, 2, 0x10]
export const zones = [1, 2]

/** Rules that many programs share, for putting them in takes longer than all else: some rules, and whether there is connection tracking. */
export function rulesOf(random) {
  const rules = Array.from({ length: random.between(1, 5) }, () => rule(random))
  if (random.chance(0.7)) rules.push(everything(random))
  if (random.chance(0.9)) rules.push({ hook: 'forward', table: 'filter', action: { kind: 'track' } })
  if (random.chance(0.15)) rules.push(...translations(random))
  return rules
}

/** Everything that passes a hook goes to a queue that is most often there. */
const everything = (random) => ({
  hook: random.pick(['output', 'output', 'input', 'input', 'forward']),
  table: 'filter',
  action: { kind: 'queue', number: random.pick([7, 8]), bypass: true },
})

function rule(random) {
  const hook = random.weighted({ output: 5, prerouting: 3, input: 4, postrouting: 3, forward: 2 })
  const table = random.pick(tables[hook])
  const kind = random.weighted(actions[table])
  const conditions = {
    ...(random.chance(0.5) && { protocol: random.pick(['udp', 'tcp', 'icmp']) }),
    ...(random.chance(0.15) && { ifMark: random.pick(marks) }),
    ...(random.chance(0.1) && { ifConnmark: random.pick(marks) }),
    ...(random.chance(0.25) && { state: random.pick(['new', 'established', 'related', 'invalid', 'untracked']) }),
  }
  // A helper is for one protocol.
  if (kind === 'helper') return { hook, table, protocol: 'udp', action: { kind, name: 'tftp' } }
  const ported = conditions.protocol === 'udp' || conditions.protocol === 'tcp'
  return {
    hook,
    table,
    ...conditions,
    ...(ported && random.chance(0.4) && { port: random.pick([7007, 7008, 80]) }),
    action: actionOf(random, kind),
  }
}

function actionOf(random, kind) {
  switch (kind) {
    case 'queue':
      return { kind, number: random.pick(queues), ...(random.chance(0.4) && { bypass: true }) }
    case 'mark':
    case 'connmark':
      return { kind, value: random.pick(marks) }
    case 'zone':
      return { kind, value: random.pick(zones) }
    case 'label':
      return { kind, value: random.below(128) }
    default:
      return { kind }
  }
}

/** Of both versions, for each has a table of its own. */
function translations(random) {
  const source = random.chance(0.5)
  const hook = source ? 'postrouting' : 'output'
  const protocol = random.pick(['udp', 'tcp'])
  // A port that is taken is replaced by a random one: one port becomes another, which no packet has.
  const port = source ? undefined : random.pick([undefined, 2000])
  const end = random.pick([0, 1])
  return [4, 6].map((version) => {
    const address = version === 4 ? ['10.1.0.1', '10.1.0.2'][end] : ['fd00::1', 'fd00::2'][end]
    const to = formatEnd({ address, port })
    const ported = port === undefined ? {} : { port: 7007 }
    return { version, hook, table: 'nat', protocol, ...ported, action: { kind: source ? 'snat' : 'dnat', to } }
  })
}
