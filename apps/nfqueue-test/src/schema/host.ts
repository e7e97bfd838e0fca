import {
  anyOf,
  count,
  decimal,
  flag,
  integer,
  ipVersion,
  list,
  object,
  only,
  optional,
  optionals,
  port,
  text,
  word,
} from './shape.ts'

const causes = list(object({ cause: text, text, fix: text }))

const header = object({
  source: text,
  destination: text,
  ...optionals({ version: ipVersion, protocol: count, sourcePort: port, destinationPort: port }),
})

const step = object({
  family: text,
  table: text,
  chain: text,
  kind: word('rule', 'return', 'policy'),
  ...optionals({
    hook: text,
    priority: integer,
    handle: decimal,
    rule: text,
    source: text,
    verdict: text,
  }),
})

/** Of `why`: the way of a packet, or that none came. */
export const path = anyOf(
  object({
    kind: only('path'),
    header,
    outcome: word('delivered', 'sent', 'dropped', 'queued', 'vanished'),
    hooks: list(object({ hook: text, left: flag })),
    steps: list(step),
    causes,
  }),
  object({ kind: only('unseen'), causes }),
)

/** Of `doctor`. */
export const finding = object({ state: word('ok', 'warning', 'problem'), text, fix: optional(text) })

/** Of `cleanup`. */
export const leftover = object({ rule: text, pid: count, removed: flag, foreign: flag })
