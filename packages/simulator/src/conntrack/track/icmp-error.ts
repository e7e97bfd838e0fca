import { ipProtocol } from '@nfkit/inet'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type Layout, layoutOf } from '../../layout.ts'
import { type Tuple, tupleOf } from '../table/tuple.ts'

/** Unreachable, source quench, redirect, time exceeded, parameter problem; and the first four types of ICMPv6. */
const errors: readonly number[] = [3, 4, 5, 11, 12]
const errors6: readonly number[] = [1, 2, 3, 4]

/**
 * The tuple of the packet an ICMP error is about: as that packet had it, whose sender gets the error. `null` when it cannot be
 * read, `undefined` when the message is no error.
 */
export function relatedTo(bytes: Uint8Array, layout: Layout): Tuple | null | undefined {
  const { transport, family: of } = layout
  const v4 = of === family.ipv4
  if (layout.protocol !== (v4 ? ipProtocol.icmp : ipProtocol.icmpv6)) return undefined
  if (!(v4 ? errors : errors6).includes(bytes[transport]!)) return undefined
  const inner = bytes.subarray(transport + 8)
  const innerLayout = inner.length > 0 ? layoutOf(inner) : undefined
  if (!innerLayout || innerLayout.family !== of) return null
  return tupleOf(inner, innerLayout) ?? null
}
