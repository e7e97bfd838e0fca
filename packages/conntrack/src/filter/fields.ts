import { EncodeError, whole } from '@nfkit/netlink-codec'
import {
  conntrack,
  type Flow,
  filterFlags,
  markAttrs,
  sctpState,
  tcpState,
  tuple,
  tupleProto,
} from '@nfkit/netlink-codec/conntrack'
import { meaningOf } from '../known.ts'
import { protocolNumber } from '../naming/tuple.ts'
import { type Condition, here, type Push } from './condition.ts'
import type { FlowFilter } from './filter.ts'

export function protocolIs(protocol: NonNullable<FlowFilter['protocol']>): Condition {
  const number = protocolNumber(protocol)
  return {
    ...here(`protocol = ${protocol}`, true, (flow) => flow.protocol === number),
    push: { kind: 'tuple', flags: filterFlags.protoNum, tuple: { protocol: number } },
    tests: [
      {
        path: [conntrack.rows.tupleOrig.id, tuple.rows.proto.id, tupleProto.rows.num.id],
        size: 1,
        mask: 0xff,
        value: number,
      },
    ],
  }
}

export function markIs(mark: NonNullable<FlowFilter['mark']>): Condition | undefined {
  const { mark: value = 0, markMask: mask = 0xffff_ffff } = markAttrs(mark)
  if (typeof mark === 'object' && mark.value !== value)
    throw new EncodeError('CTA_MARK', `nothing has the mark ${mark.value} under the mask 0x${mask.toString(16)}`)
  if (mask === 0) return undefined
  const text = mask === 0xffff_ffff ? `mark = ${value}` : `mark & 0x${mask.toString(16)} = ${value}`
  // In events an absent mark is 0.
  const matches = (flow: Flow) => ((flow.mark ?? 0) & mask) >>> 0 === value
  const push: Push = { kind: 'attrs', needs: 'mark', attrs: { mark: value, markMask: mask } }
  return {
    ...here(text, false, matches),
    push,
    tests: [{ path: [conntrack.rows.mark.id], size: 4, mask, value, absent: 0 }],
  }
}

export function zoneIs(zone: number): Condition {
  whole(zone, 0xffff, 'CTA_ZONE')
  const tests = [{ path: [conntrack.rows.zone.id], size: 2, mask: 0xffff, value: zone, absent: 0 } as const]
  // The kernel's filter lets zones of one direction through, too (nf_ct_zone_equal_any), and leaves them out of the default zone.
  const push: Push | undefined =
    zone === 0 ? undefined : { kind: 'attrs', needs: 'zone', attrs: { zone }, coarse: true }
  return { ...here(`zone = ${zone}`, true, (flow) => flow.zone === zone), push, tests }
}

export function labelled(labels: number | readonly number[]): Condition {
  const all = [labels].flat()
  if (all.length === 0) throw new EncodeError('FlowFilter', '"label" is an empty list, which every flow would match')
  for (const label of all) whole(label, 127, 'CTA_LABELS')
  return here(`label ${all.join(', ')}`, false, (flow) => all.every((label) => flow.labels?.includes(label)))
}

export function stateIs(state: NonNullable<FlowFilter['state']>): Condition {
  meaningOf(state, { ...tcpState, ...sctpState }, 'CTA_PROTOINFO', 'state')
  const tcp: number | undefined = (tcpState as { readonly [name: string]: number })[state]
  const sctp: number | undefined = (sctpState as { readonly [name: string]: number })[state]
  return here(`state = ${state}`, false, (flow) => {
    const tcpNow = flow.tcpState
    if (tcpNow !== undefined) return tcpNow === tcp
    const sctpNow = flow.sctp?.state
    return sctpNow !== undefined && sctpNow === sctp
  })
}
