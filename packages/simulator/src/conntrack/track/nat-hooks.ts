import { ipProtocol, isIcmp } from '@nfkit/inet'
import { status } from '@nfkit/netlink-codec/conntrack'
import { family, hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { HookFunction, Journey } from '../../hooks/journey.ts'
import { hookPriority } from '../../hooks/priority.ts'
import type { Packet } from '../../packet.ts'
import type { Conntrack } from '../conntrack.ts'
import type { Connection } from '../table/connection.ts'
import { inverse, type Tuple } from '../table/tuple/tuple.ts'
import { isDamaged } from './checksum.ts'
import { isFree } from './clash.ts'
import { translateError, translatePacket } from './manipulate.ts'
import { translate } from './translate.ts'

const sourceHooks: readonly number[] = [hook.postrouting, hook.input]
const destinationHooks: readonly number[] = [hook.prerouting, hook.output]
const untouched = { address: undefined, ports: undefined }

/** Right after the chains of the table `nat`, which choose; this does it. */
const afterChains = 0.5

/** Address translation's function at a hook point (nf_nat_inet_fn, net/netfilter/nf_nat_core.c). */
export function natHooks(tracking: Conntrack, number: number): readonly HookFunction[] {
  const source = sourceHooks.includes(number)
  if (!source && !destinationHooks.includes(number)) return []
  const priority = (source ? hookPriority.srcnat : hookPriority.dstnat) + afterChains
  return [{ name: 'nat', priority, run: (journey) => act(tracking, journey, source) }]
}

function act(tracking: Conntrack, journey: Journey, source: boolean): number {
  const { packet } = journey
  const { connection } = packet
  // Without a chain that translates nothing does, not even what a request has set up.
  if (!connection || !tracking.nat.isIn(packet.family)) return verdicts.accept
  if (isError(packet)) return translatesError(packet, connection, source) ? verdicts.accept : verdicts.drop
  const done = source ? status.srcNatDone : status.dstNatDone
  if (isNew(packet) && !connection.has(done)) {
    for (const chain of tracking.nat.chains.at(packet.family, journey.hookNumber)) {
      const verdict = chain.run(journey)
      if (verdict !== verdicts.accept) return verdict
      if (connection.has(done)) break
    }
  }
  if (!connection.confirmed && !connection.has(done)) {
    if (translate(connection, untouched, source, isFree(tracking))) return verdicts.drop
  }
  if (!connection.has(bitOf(packet, source))) return verdicts.accept
  const wanted = inverse(otherOf(packet, connection))
  return !wanted || translatePacket(packet, wanted, source) ? verdicts.accept : verdicts.drop
}

/** What of a connection's status says that packets in this direction have another source, or destination. */
const bitOf = ({ isReply }: Packet, source: boolean): number => (source !== isReply ? status.srcNat : status.dstNat)
const otherOf = ({ isReply }: Packet, { original, reply }: Connection): Tuple => (isReply ? original : reply)

/** Bytes of an error's header, and of the network header it quotes, by the version of IP. */
const leastError = { [family.ipv4]: 28, [family.ipv6]: 48 } as const
const redirect = 5

/** No chain sees an error about a connection. False for one that is damaged, also where nothing is translated (nf_nat_icmp_reply_translation). */
function translatesError(packet: Packet, connection: Connection, source: boolean): boolean {
  const { bytes, layout } = packet
  const isIpv4 = packet.family === family.ipv4
  const { transport } = layout!
  if (bytes.length < transport + leastError[isIpv4 ? family.ipv4 : family.ipv6]) return false
  if (isDamaged(packet, isIpv4 ? undefined : ipProtocol.icmpv6)) return false
  // Where one is sent to by a redirect is nobody's address but one's own.
  if (isIpv4 && bytes[transport] === redirect && !isUntouched(connection)) return false
  return !connection.has(bitOf(packet, source)) || translateError(packet, otherOf(packet, connection), source)
}

const isUntouched = (connection: Connection): boolean =>
  connection.has(status.srcNatDone) &&
  connection.has(status.dstNatDone) &&
  !connection.has(status.srcNat) &&
  !connection.has(status.dstNat)

/** Whether what translates is still to be chosen: not in packets of a connection that was answered. */
const isNew = ({ ctInfo: info }: Packet): boolean =>
  info === ctInfo.new || info === ctInfo.related || info === ctInfo.relatedReply

/** Whether a packet is an ICMP error about a packet of its connection. */
const isError = ({ layout, ctInfo: info }: Packet): boolean =>
  layout !== undefined && isIcmp(layout.protocol) && (info === ctInfo.related || info === ctInfo.relatedReply)
