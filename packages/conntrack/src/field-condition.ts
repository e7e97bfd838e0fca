import {
  conntrack,
  EncodeError,
  type Flow,
  filterFlags,
  sctpState,
  tcpState,
  tuple,
  tupleProto,
} from '@nfkit/netlink-codec'
import { type Condition, here, type Push } from './condition.ts'
import type { FlowFilter } from './filter.ts'
import { statusBits } from './status.ts'
import { type FamilyName, familyNumber, protocolNumber } from './tuple.ts'

/** Where an event has its family: struct nfgenmsg follows struct nlmsghdr. */
const familyAt = 16

export function familyIs(name: FamilyName): Condition {
  const family = familyNumber(name)
  const tests = [{ path: [], at: familyAt, size: 1, mask: 0xff, value: family } as const]
  return {
    ...here(`family = ${name}`, true, (flow) => flow.family === family),
    push: { kind: 'family', family },
    tests,
  }
}

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
  const { value, mask } = typeof mark === 'number' ? { value: mark, mask: 0xffff_ffff } : mark
  if (mask === 0 && value === 0) return undefined
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

export function statusIs(wanted: NonNullable<FlowFilter['status']>): Condition | undefined {
  const plain = typeof wanted === 'number' || 'length' in wanted
  const set = statusBits(plain ? wanted : (wanted.set ?? 0))
  const clear = plain ? 0 : statusBits(wanted.clear ?? 0)
  if (set & clear) throw new EncodeError('CTA_STATUS', 'a status bit cannot be both set and clear')
  const mask = (set | clear) >>> 0
  if (mask === 0) return undefined
  const condition = here(
    `status & 0x${mask.toString(16)} = 0x${set.toString(16)}`,
    false,
    (flow) => ((flow.status ?? 0) & mask) === set,
  )
  const tests = [{ path: [conntrack.rows.status.id], size: 4, mask, value: set } as const]
  return { ...condition, push: { kind: 'attrs', needs: 'status', attrs: { status: set, statusMask: mask } }, tests }
}

export function zoneIs(zone: number): Condition {
  const tests = [{ path: [conntrack.rows.zone.id], size: 2, mask: 0xffff, value: zone, absent: 0 } as const]
  const push: Push = { kind: 'attrs', needs: 'zone', attrs: { zone } }
  return { ...here(`zone = ${zone}`, true, (flow) => flow.zone === zone), push, tests }
}

export function labelled(label: number): Condition {
  return here(`label ${label}`, false, (flow) => flow.labels?.includes(label) === true)
}

export function stateIs(state: NonNullable<FlowFilter['state']>): Condition {
  const tcp: number | undefined = (tcpState as { readonly [name: string]: number })[state]
  const sctp: number | undefined = (sctpState as { readonly [name: string]: number })[state]
  if (tcp === undefined && sctp === undefined) throw new EncodeError('CTA_PROTOINFO', `there is no state "${state}"`)
  return here(`state = ${state}`, false, (flow) => {
    const tcpNow = flow.tcpState
    if (tcpNow !== undefined) return tcpNow === tcp
    const sctpNow = flow.sctp?.state
    return sctpNow !== undefined && sctpNow === sctp
  })
}
