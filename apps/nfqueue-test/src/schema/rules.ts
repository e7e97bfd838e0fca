import {
  anyOf,
  count,
  decimal,
  flag,
  integer,
  list,
  mark,
  object,
  only,
  optional,
  optionals,
  said,
  text,
  word,
} from './shape.ts'

const family = word('inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev')
const inNft = said("in nft's language", text)

const rule = object({ handle: decimal, text: inNft, comment: optional(text), source: optional(text) })

const base = object({
  hook: text,
  priority: integer,
  policy: word('accept', 'drop'),
  type: text,
  device: optional(text),
})

const element = object({
  text: inNft,
  ...optionals({ timeoutMilliseconds: count, expiresMilliseconds: count, comment: text }),
})

const set = object({
  kind: word('set', 'map'),
  name: text,
  handle: decimal,
  key: list(text),
  interval: flag,
  timeouts: flag,
  dynamic: flag,
  constant: flag,
  elements: list(element),
  ...optionals({ value: text, timeoutMilliseconds: count, size: count, comment: text }),
})

/** Of `rules list`. */
export const listedTable = object({
  generation: count,
  family,
  name: text,
  handle: decimal,
  flags: list(word('dormant', 'owner', 'persist')),
  chains: list(object({ name: text, handle: decimal, rules: list(rule), ...optionals({ base, comment: text }) })),
  sets: list(set),
  objects: list(object({ name: text, handle: decimal, type: text, text: inNft })),
  others: said('what has no words here', list(object({ kind: text, name: optional(text) }))),
  ...optionals({ portId: said('of the socket the table belongs to', mark), comment: text }),
})

const change = object({
  action: word('add', 'delete'),
  kind: text,
  text: inNft,
  ...optionals({ family, table: text, chain: text, name: text, handle: decimal }),
})

/** Of `rules watch`. */
export const commit = object({
  kind: only('commit'),
  generation: count,
  processId: optional(count),
  processName: optional(text),
  portId: mark,
  changes: list(change),
})

const verdict = word('accept', 'drop', 'reject', 'queue')

const step = object({
  family,
  table: text,
  chain: text,
  text: inNft,
  verdict: text,
  handle: optional(said('absent of a policy', decimal)),
  to: optional(said('the chain it jumps or goes to', text)),
})

const checked = object({
  packet: text,
  hook: word('prerouting', 'input', 'forward', 'output', 'postrouting'),
  verdict,
  right: said('whether it is what was expected, if something was', flag),
  markAfter: mark,
  path: list(step),
  ...optionals({ in: text, out: text, mark, expected: verdict, line: count }),
})

/** Of `rules check`: packets, and at the end the summary. */
export const checkedOrSummary = anyOf(checked, object({ summary: object({ packets: count, wrong: count }) }))
