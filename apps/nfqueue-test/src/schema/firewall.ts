import type { FirewallEvents } from '@nfkit/firewall'
import {
  address,
  anyOf,
  count,
  decimal,
  type Fields,
  flag,
  list,
  mark,
  milliseconds,
  named,
  object,
  only,
  optional,
  optionals,
  port,
  text,
  time,
  word,
} from './shape.ts'

const verdict = word('accept', 'drop', 'reject')

const end = named('end', object({ address, port: optional(port) }))

const socket = named(
  'socket',
  object({
    protocol: word('tcp', 'udp', 'udplite'),
    state: text,
    local: end,
    receiveQueue: count,
    sendQueue: count,
    cookie: decimal,
    ...optionals({ remote: end, interface: count, uid: mark, inode: count, cgroupId: decimal, mark }),
  }),
)

const owner = anyOf(
  object({ kind: word('socket', 'listener'), socket }),
  object({ kind: only('ambiguous'), candidates: list(socket) }),
  object({ kind: only('unknown'), reason: word('no socket', 'protocol', 'no tuple', 'handshake', 'closed') }),
)

const connection = named(
  'connection',
  object({
    direction: word('in', 'out', 'through'),
    protocol: text,
    isNew: flag,
    isTracked: flag,
    ...optionals({
      source: end,
      destination: end,
      originalDestination: end,
      inInterface: text,
      outInterface: text,
      owner,
      name: text,
    }),
  }),
)

const error = object({ message: text, ...optionals({ name: text, code: text }) })

const resolved = { client: address, server: address }

/** What each event says besides when, and of which firewall. */
const events: { readonly [E in keyof FirewallEvents]: Fields } = {
  judged: { connection, verdict, epoch: count, milliseconds, packets: count },
  failed: { connection, epoch: count, error },
  resolved: { name: text, addresses: list(address), milliseconds, ...resolved },
  unresolved: { reason: text, ...resolved, ...optionals({ name: text, error }) },
  reconsidered: { epoch: count, waited: flag },
  unconfirmed: {},
  handoverRefused: { reason: word('damaged', 'version', 'foreign', 'oversized'), error },
  warning: { text },
  trouble: { error },
}

const summary = object({
  packets: count,
  judged: object({ accept: count, drop: count, reject: count }),
  remembered: count,
  unjudged: count,
  outdated: count,
  undecided: count,
  names: optional(object({ questions: count, resolved: count, unresolved: count, others: count })),
})

/** Of a firewall: its events, and at the end the summary. */
export const firewallEvent = anyOf(
  ...Object.entries(events).map(([event, said]) => object({ time, event: only(event), firewall: text, ...said })),
  object({ summary }),
)
