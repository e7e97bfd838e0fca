import { hasPorts, ipProtocol, parseNetwork, samePrefix } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { Journey } from '../hooks/journey.ts'
import type { Packet } from '../packet.ts'
import { hasMark } from './mark.ts'
import type { Rule } from './rule.ts'

/** Whether a packet is meant. */
export type Condition = (journey: Journey) => boolean

/** Compile a rule's conditions. Throws `RangeError` for an address or network that is none. */
export function conditionsOf(rule: Rule): Condition[] {
  const conditions: Condition[] = []
  const add = <T>(value: T | undefined, make: (value: T) => Condition) => {
    if (value !== undefined) conditions.push(make(value))
  }
  add(rule.protocol, (of) => carries(typeof of === 'number' ? of : ipProtocol[of]))
  add(rule.sourcePort, (port) => hasPort(0, port))
  add(rule.destinationPort, (port) => hasPort(2, port))
  add(rule.source, (prefix) => within(prefix, 12, 8))
  add(rule.destination, (prefix) => within(prefix, 16, 24))
  add(
    rule.indev,
    (name) =>
      ({ indev, packet }) =>
        indev?.name === name || packet.origin.physindev?.name === name,
  )
  add(
    rule.outdev,
    (name) =>
      ({ outdev, packet }) =>
        outdev?.name === name || packet.origin.physoutdev?.name === name,
  )
  add(
    rule.mark,
    (mark) =>
      ({ packet }) =>
        hasMark(packet.mark, mark),
  )
  add(
    rule.connmark,
    (mark) =>
      ({ packet }) =>
        packet.connection !== undefined && hasMark(packet.connection.mark, mark),
  )
  add(
    rule.label,
    (label) =>
      ({ packet }) =>
        hasLabel(packet.connection?.labels, label),
  )
  add(
    rule.direction,
    (direction) =>
      ({ packet }) =>
        packet.connection !== undefined && packet.isReply === (direction === 'reply'),
  )
  add(
    rule.state,
    (state) =>
      ({ packet }) =>
        stateOf(packet) === state,
  )
  return conditions
}

const carries =
  (number: number): Condition =>
  ({ packet }) =>
    packet.layout?.protocol === number

function hasPort(offset: number, port: number): Condition {
  return ({ packet: { layout, bytes } }) => {
    if (!layout || layout.laterFragment || !hasPorts(layout.protocol)) return false
    const at = layout.transport + offset
    return at + 2 <= bytes.length && be16(bytes, at) === port
  }
}

function within(text: string, at4: number, at6: number): Condition {
  const network = parseNetwork(text)
  if (!network) throw new RangeError(`${text} is no address and no network, as 10.0.0.0/8`)
  const { address, prefix } = network
  const [of, at] = address.length === 4 ? [family.ipv4, at4] : [family.ipv6, at6]
  return ({ packet: { layout, bytes } }) => layout?.family === of && samePrefix(bytes, at, address, 0, prefix)
}

const hasLabel = (labels: Uint8Array | undefined, label: number): boolean =>
  labels !== undefined && ((labels[label >> 3] ?? 0) & (1 << (label & 7))) !== 0

function stateOf({ connection, ctInfo: info, untracked, template }: Packet): Rule['state'] {
  if (untracked) return 'untracked'
  // What a rule has in store for a connection stands for one until it is there.
  if (!connection) return template ? 'new' : 'invalid'
  if (info === ctInfo.new) return 'new'
  return info === ctInfo.related || info === ctInfo.relatedReply ? 'related' : 'established'
}
