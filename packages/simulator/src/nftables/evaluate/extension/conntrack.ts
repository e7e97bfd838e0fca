import { u16 } from '@nfkit/netlink-codec'
import { status } from '@nfkit/netlink-codec/conntrack'
import { ctStateBits } from '@nfkit/netlink-codec/nftables'
import type { Connection } from '../../../conntrack/table/connection.ts'
import type { Packet } from '../../../packet.ts'
import { holdsIf, nftCode, type Step } from '../../state/chain.ts'
import { unknown } from '../context.ts'
import { stateOf } from '../load/ct-keys.ts'
import type { Extension } from './info.ts'

/** `XT_CONNTRACK_*`: what is looked at. */
const looksAt = { state: 1, protocol: 2, status: 0x40, direction: 0x1000, stateAlias: 0x2000 } as const
const known = Object.values(looksAt).reduce((all, bit) => all | bit, 0)
/** `XT_CONNTRACK_STATE_*` beyond those that nf_tables has, too. */
const states = { snat: 0x40, dnat: 0x80, untracked: 0x100 } as const

function statesOf(packet: Packet): number {
  const { connection, untracked } = packet
  if (untracked) return states.untracked
  const translated = connection
    ? (connection.has(status.srcNat) ? states.snat : 0) | (connection.has(status.dstNat) ? states.dnat : 0)
    : 0
  return (stateOf(packet) & ~ctStateBits.untracked) | translated
}

/** struct xt_conntrack_mtinfo2, and 3 (conntrack_mt). What else they can look at is refused. */
export const conntrack = (size: number): Extension => ({
  size,
  make(info): Step {
    const [protocol, flags, inverted] = [u16(info, 136), u16(info, 146), u16(info, 148)]
    const [wantedStates, wantedStatus] = [u16(info, 150), u16(info, 152)]
    if (flags & ~known) unknown()
    const asks = (bit: number) => (flags & bit) !== 0
    const isWanted = (bit: number, holds: boolean) => !asks(bit) || holds !== ((inverted & bit) !== 0)
    const ofConnection = ({ original, status: bits }: Connection, { isReply }: Packet) =>
      isWanted(looksAt.protocol, original.protocol === protocol) &&
      isWanted(looksAt.status, (bits & wantedStatus) !== 0) &&
      isWanted(looksAt.direction, !isReply)
    return ({ journey: { packet } }) => {
      if (asks(looksAt.state)) {
        const holds = (statesOf(packet) & wantedStates) !== 0
        if (holds === ((inverted & looksAt.state) !== 0)) return nftCode.break
      }
      // Of a packet without a connection nothing else is asked.
      if (!packet.connection) return holdsIf(asks(looksAt.state))
      return holdsIf(ofConnection(packet.connection, packet))
    }
  },
})
