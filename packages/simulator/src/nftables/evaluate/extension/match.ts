import { u16, u32 } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import type { Journey } from '../../../hooks/journey.ts'
import { holdsIf, type Step } from '../../state/chain.ts'
import { typeOfAddress } from '../load/fib.ts'
import { conntrack } from './conntrack.ts'
import { type Extension, type Extensions, ofIp } from './info.ts'
import { icmp, multiport, tcp, udp } from './transport.ts'

/** A mark under a mask: struct xt_mark_mtinfo1, struct xt_connmark_mtinfo1. */
const marked = (markOf: (journey: Journey) => number | undefined): Extension => ({
  size: 12,
  make(info) {
    const [value, mask, inverts] = [u32(info, 0), u32(info, 4), info[8] !== 0]
    return ({ journey }) => {
      const mark = markOf(journey)
      return holdsIf(mark !== undefined && ((mark & mask) >>> 0 === value) !== inverts)
    }
  },
})

const [invertsSource, invertsDestination] = [1, 2]

/** struct xt_addrtype_info_v1: sets of `RTN_*`. */
const addrtype: Extension = {
  size: ofIp(8),
  make(info, { host }) {
    const [source, destination, flags] = [u16(info, 0), u16(info, 2), u32(info, 4)]
    const holds = (journey: Journey, isSource: boolean, wanted: number, inverts: number): boolean => {
      if (wanted === 0) return true
      const type = typeOfAddress(journey, isSource, host)
      return type !== undefined && ((wanted & (1 << type)) !== 0) !== ((flags & inverts) !== 0)
    }
    return ({ journey }) =>
      holdsIf(holds(journey, true, source, invertsSource) && holds(journey, false, destination, invertsDestination))
  },
}

const passing: Step = () => undefined

/** Matches of iptables. */
export const matches: Extensions = {
  'comment 0': { size: 256, make: () => passing },
  'mark 1': marked(({ packet }) => packet.mark),
  'connmark 1': marked(({ packet }) => packet.connection?.mark),
  'addrtype 1': addrtype,
  'conntrack 2': conntrack(156),
  'conntrack 3': conntrack(164),
  'multiport 1': { size: ofIp(48), make: multiport },
  'tcp 0': { size: ofIp(12), make: tcp },
  'udp 0': { size: ofIp(10), make: udp },
  'icmp 0': { size: { [family.ipv4]: 4 }, make: icmp },
  'icmp6 0': { size: { [family.ipv6]: 4 }, make: icmp },
}
