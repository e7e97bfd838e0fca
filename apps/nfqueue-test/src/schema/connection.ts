import { status } from '@nfkit/netlink-codec/conntrack'
import {
  address,
  anyOf,
  count,
  decimal,
  integer,
  list,
  mark,
  named,
  object,
  optional,
  port,
  said,
  text,
  time,
  word,
} from './shape.ts'

/** A name, or the number of what has none. */
export const nameOrNumber = anyOf(text, integer)

export const end = named('end', object({ address: optional(address), port: optional(port) }))

const icmp = object({ id: optional(port), type: optional(count), code: optional(count) })

const counter = anyOf(count, said('beyond 2⁵³', decimal))

const direction = named(
  'direction',
  object({
    source: end,
    destination: end,
    icmp: optional(icmp),
    zone: optional(port),
    packets: optional(counter),
    bytes: optional(counter),
  }),
)

export const flow = named(
  'flow',
  object({
    id: optional(mark),
    family: nameOrNumber,
    protocol: optional(nameOrNumber),
    state: optional(said('of TCP, SCTP and DCCP', nameOrNumber)),
    status: optional(list(word(...Object.keys(status)))),
    original: direction,
    reply: direction,
    master: optional(said('the connection that expected this one', direction)),
    mark: optional(mark),
    zone: optional(said('absent in the default zone', port)),
    timeoutSeconds: optional(count),
    helper: optional(text),
    labels: optional(list(count)),
    securityContext: optional(text),
    start: optional(time),
    stop: optional(time),
    event: optional(said('when what is told happened', time)),
    use: optional(count),
  }),
)

const tuple = named(
  'tuple',
  object({
    protocol: optional(count),
    source: end,
    destination: end,
    icmp: optional(icmp),
    zone: optional(port),
  }),
)

export const expectation = named(
  'expectation',
  object({
    id: optional(mark),
    family: word('ipv4', 'ipv6'),
    tuple,
    mask: tuple,
    master: tuple,
    timeoutSeconds: optional(count),
    flags: optional(list(text)),
    class: optional(count),
    helper: optional(text),
    function: optional(text),
    zone: optional(port),
  }),
)
