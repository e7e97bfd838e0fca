import { checkRewrite, fillChecksums, parseIp, RewriteError } from '@nfkit/ip-codec'
import type { VerdictChanges } from './changes.ts'
import type { Packet } from './packet.ts'

/**
 * Changes whose payload may take the packet's place. The kernel acknowledges an impossible one like any other and drops the packet, so
 * it is refused here: throws `RewriteError`. Of a replaced packet the kernel takes the checksum for finished (nfqnl_mangle sets
 * CHECKSUM_NONE), so a checksum that was left to hardware is computed here, in a copy.
 */
export function replacing(packet: Packet, changes: VerdictChanges, payload: Uint8Array): VerdictChanges {
  const { ip } = packet
  const reason = ip && checkRewrite(ip, payload)
  if (reason !== undefined) throw new RewriteError(reason, 'payload')
  return ip && packet.checksumNotReady && lacksChecksum(payload) ? { ...changes, payload: finished(payload) } : changes
}

function lacksChecksum(payload: Uint8Array): boolean {
  const ip = parseIp(payload)
  return (ip?.tcp ?? ip?.udp ?? ip?.sctp)?.checksumState === 'invalid'
}

function finished(payload: Uint8Array): Uint8Array {
  const copy = payload.slice()
  fillChecksums(parseIp(copy)!)
  return copy
}
