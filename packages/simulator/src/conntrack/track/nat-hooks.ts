import { ipProtocol } from '@nfkit/inet'
import { putBe16 } from '@nfkit/inet/bytes'
import { status } from '@nfkit/netlink-codec/conntrack'
import { family, hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import type { HookFunction } from '../../hooks/journey.ts'
import { hookPriority } from '../../hooks/priority.ts'
import { completeChecksum, completeHeaderChecksum } from '../../layout.ts'
import type { Packet } from '../../packet.ts'
import type { Conntrack } from '../conntrack.ts'
import { inverse, type Tuple } from '../table/tuple.ts'
import { isFree } from './clash.ts'
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
  return [{ name: 'nat', priority, run: ({ packet }) => act(tracking, packet, source) }]
}

function act(tracking: Conntrack, packet: Packet, source: boolean): number {
  const { connection } = packet
  // Without a chain that translates nothing does, not even what a request has set up.
  if (!connection || !tracking.nat.any) return verdicts.accept
  const done = source ? status.srcNatDone : status.dstNatDone
  if (!connection.confirmed && !connection.has(done)) {
    if (translate(connection, untouched, source, isFree(tracking))) return verdicts.drop
  }
  const reply = packet.isReply
  const bit = source !== reply ? status.srcNat : status.dstNat
  if (!connection.has(bit)) return verdicts.accept
  const wanted = inverse(reply ? connection.original : connection.reply)
  if (wanted) rewrite(packet, wanted, source)
  return verdicts.accept
}

/** Put the source or destination of a tuple into a packet, and its checksums right. */
function rewrite({ bytes, layout, checksum }: Packet, to: Tuple, source: boolean): void {
  if (!layout) return
  const v4 = layout.family === family.ipv4
  const at = v4 ? (source ? 12 : 16) : source ? 8 : 24
  bytes.set(source ? to.source : to.destination, at)
  rewritePort(bytes, layout.transport, to, source)
  if (v4) completeHeaderChecksum(bytes)
  if (checksum !== 'partial') completeChecksum(bytes)
}

/** A call of PPTP has one key, which is at the destination. */
function rewritePort(
  bytes: Uint8Array,
  transport: number,
  { protocol: number, ported, from, to }: Tuple,
  source: boolean,
): void {
  if (number === ipProtocol.gre) {
    if (!source && to !== 0) putBe16(bytes, transport + 6, to)
  } else if (ported) putBe16(bytes, transport + (source ? 0 : 2), source ? from : to)
}
