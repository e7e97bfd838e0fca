import { expect } from '@nfkit/netlink-codec/conntrack'
import { flow, nameOrNumber } from './connection.ts'
import { attributesOf } from './message.ts'
import {
  address,
  anyOf,
  count,
  decimal,
  flag,
  hexadecimal,
  ipVersion,
  list,
  mark,
  object,
  optional,
  optionals,
  port,
  said,
  text,
  time,
  word,
} from './shape.ts'

const ip = object({
  version: ipVersion,
  source: address,
  destination: address,
  protocol: text,
  ...optionals({
    sourcePort: port,
    destinationPort: port,
    tcp: object({ flags: list(text), sequence: mark, acknowledgment: mark, window: port }),
    icmp: object({ type: count, code: count }),
  }),
})

const vlan = object(optionals({ proto: port, tci: port }))

const verdict = anyOf(word('accept', 'drop', 'repeat', 'stop'), object({ queue: port, bypass: optional(flag) }))

const unjudged = ['threw', 'rejected', 'forgotten', 'deadline', 'closing', 'handover', 'undecodable']

const decision = object({
  verdict,
  changes: object(
    optionals({
      mark,
      priority: mark,
      connmark: anyOf(mark, object({ value: mark, mask: mark })),
      connection: object(
        optionals({
          timeoutSeconds: count,
          status: mark,
          helper: text,
          labels: hexadecimal,
          labelsMask: hexadecimal,
          expect: attributesOf(expect),
        }),
      ),
      payload: hexadecimal,
      vlan,
      l2hdr: hexadecimal,
    }),
  ),
  unjudged: optional(said('why the queue gave its own verdict', word(...unjudged))),
})

const packet = object({
  id: mark,
  queue: port,
  time,
  family: nameOrNumber,
  hwProtocol: port,
  mark,
  truncated: flag,
  decision,
  ...optionals({
    priority: mark,
    length: count,
    secctx: text,
    cgroupClassid: mark,
    hook: text,
    indev: count,
    indevName: text,
    outdev: count,
    outdevName: text,
    physIndev: count,
    physIndevName: text,
    physOutdev: count,
    physOutdevName: text,
    hwaddr: text,
    uid: mark,
    gid: mark,
    vlan,
    ctInfo: nameOrNumber,
    flow,
    ip,
    timestampNs: decimal,
    l2hdr: hexadecimal,
    payload: hexadecimal,
  }),
})

const counts = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, count]))

const summary = object({
  ...counts('received', 'pending', 'lost', 'passed', 'verdictErrors', 'lateVerdicts', 'socketDropped', 'queueDropped'),
  verdicts: object(counts('accept', 'drop', 'repeat', 'stop', 'queue')),
  unjudged: object(counts(...unjudged)),
  unmatched: optional(said('packets that --match left alone', count)),
})

/** Of a queue, a replay and the demo: packets, and at the end the summary. */
export const packetOrSummary = anyOf(packet, object({ summary }))
