import { EncodeError } from '@nfkit/netlink-codec'
import { conntrack, status } from '@nfkit/netlink-codec/conntrack'
import { assertKeys } from '../known.ts'
import { statusBits } from '../naming/status.ts'
import { type Condition, here } from './condition.ts'
import type { FlowFilter } from './filter.ts'

/** Status bits as the caller names them; `undefined` when none is named. */
export function statusIs(wanted: NonNullable<FlowFilter['status']>): Condition | undefined {
  if (typeof wanted === 'number' || Array.isArray(wanted)) return bitsAre(statusBits(wanted), 0, false)
  const { set = 0, clear = 0 } = wanted as Exclude<typeof wanted, number | readonly unknown[]>
  assertKeys({ ...wanted }, { set: true, clear: true }, 'FlowFilter status')
  return bitsAre(statusBits(set), statusBits(clear), false)
}

/** The bits that are set, and the bits that are not. `constant`: whether they stay so for a connection's whole life. */
export function bitsAre(set: number, clear: number, constant: boolean): Condition | undefined {
  if (set & clear) throw new EncodeError('CTA_STATUS', 'a status bit cannot be both set and clear')
  const mask = (set | clear) >>> 0
  if (mask === 0) return undefined
  const value = set >>> 0
  return {
    ...here(statusText(set, clear), constant, (flow) => ((flow.status ?? 0) & mask) >>> 0 === value),
    push: { kind: 'attrs', needs: 'status', attrs: { status: value, statusMask: mask } },
    tests: [{ path: [conntrack.rows.status.id], size: 4, mask, value }],
  }
}

/** `status assured, not seenReply`. Bits without a name are told as a number. */
function statusText(set: number, clear: number): string {
  const words = (bits: number, prefix: string) => {
    const named = Object.entries(status).filter(([, bit]) => (bits & bit) !== 0)
    const rest = (bits & ~named.reduce((all, [, bit]) => all | bit, 0)) >>> 0
    return [...named.map(([name]) => `${prefix}${name}`), ...(rest === 0 ? [] : [`${prefix}0x${rest.toString(16)}`])]
  }
  return `status ${[...words(set, ''), ...words(clear, 'not ')].join(', ')}`
}
