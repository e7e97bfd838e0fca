import { isIcmp } from '@nfkit/inet'
import { status } from '@nfkit/netlink-codec/conntrack'
import { hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { HookFunction, Journey } from '../../hooks/journey.ts'
import { hookPriority } from '../../hooks/priority.ts'
import type { Packet } from '../../packet.ts'
import type { Conntrack } from '../conntrack.ts'
import { inverse } from '../table/tuple.ts'
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
  const reply = packet.isReply
  const bit = source !== reply ? status.srcNat : status.dstNat
  if (!connection.has(bit)) return verdicts.accept
  const other = reply ? connection.original : connection.reply
  if (isError(packet)) return translateError(packet, other, source) ? verdicts.accept : verdicts.drop
  const wanted = inverse(other)
  return !wanted || translatePacket(packet, wanted, source) ? verdicts.accept : verdicts.drop
}

/** Whether what translates is still to be chosen: not in packets of a connection that was answered. */
const isNew = ({ ctInfo: info }: Packet): boolean =>
  info === ctInfo.new || info === ctInfo.related || info === ctInfo.relatedReply

/** Whether a packet is an ICMP error about a packet of its connection. */
const isError = ({ layout, ctInfo: info }: Packet): boolean =>
  layout !== undefined && isIcmp(layout.protocol) && (info === ctInfo.related || info === ctInfo.relatedReply)
