import { statsCpu } from '@nfkit/netlink-codec/conntrack'
import { expectation, flow, nameOrNumber } from './connection.ts'
import {
  anyOf,
  count,
  dictionary,
  list,
  mark,
  object,
  only,
  optional,
  optionals,
  said,
  text,
  time,
  word,
} from './shape.ts'

const cause = said('what it was learnt from', word('snapshot', 'event', 'resync'))
const learnt = { cause, time: object({ at: time, clock: word('kernel', 'reader') }) }

/** Of `flows watch`. */
export const flowChange = anyOf(
  object({ kind: word('added', 'removed'), flow, ...learnt }),
  object({ kind: only('changed'), flow, before: flow, ...learnt }),
  object({ kind: only('synced'), size: count, cause }),
  object({ kind: only('gap'), lost: count }),
)

const portId = said('of the socket whose request caused it; 0 when packets or time did', mark)

/** Of `flows events`. */
export const flowEvent = object({ kind: word('new', 'update', 'destroy'), flow, portId })

/** Of `expectations events`. */
export const expectationEvent = object({ kind: word('expectationNew', 'expectationDestroy'), expectation, portId })

/** Of `flows list --explain`. */
export const conditions = object({ kernel: list(text), here: list(text) })

/** Of what changes many at once; without a number where the kernel does not say. */
export const changedCounts = object(optionals({ deleted: count, updated: count, loaded: count }))

/** Of `flows stats`. */
export const statistics = object({
  entries: count,
  maxEntries: optional(count),
  processors: list(
    object({
      processor: count,
      ...optionals(Object.fromEntries(Object.keys(statsCpu.rows).map((name) => [name, count]))),
    }),
  ),
})

const seconds = dictionary(count)

/** Of `timeouts`. */
export const timeoutPolicy = object({
  name: text,
  family: word('ipv4', 'ipv6'),
  protocol: nameOrNumber,
  seconds,
  use: optional(said('rules that use it, and one more', count)),
})

/** Of `timeouts defaults`. */
export const timeoutDefaults = seconds
