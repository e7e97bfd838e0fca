import { ipProtocol } from '@nfkit/inet'
import { view } from '@nfkit/inet/bytes'
import type { Link } from './extension-chain.ts'
import { ipv6Options } from './extension-header.ts'

/**
 * Offset of the destination that the transport's checksum covers: the last hop of the last routing header that is not
 * used up (RFC 8200, 8.1), else `own`. -1 for a kind of routing not known here.
 */
export function finalDestinationAt(bytes: Uint8Array, links: readonly Link[], own: number): number {
  let found = own
  for (const { type, at, size } of links) {
    if (type === ipProtocol.routing && bytes[at + 3] !== 0) found = lastHopAt(bytes, at, size)
  }
  return found
}

function lastHopAt(bytes: Uint8Array, at: number, size: number): number {
  if (size < 24) return -1
  switch (bytes[at + 2]) {
    case 0: // addresses in order of travel
      return at + 8 + 16 * (Math.floor((size - 8) / 16) - 1)
    case 2: // the one home address (RFC 6275)
    case 4: // segments in reverse order (RFC 8754)
      return at + 8
    default:
      return -1
  }
}

/** The same for the source: a home address option stands in for it (RFC 6275, 6.3). */
export function homeAddressAt(bytes: Uint8Array, links: readonly Link[], own: number): number {
  for (const { type, at, size } of links) {
    if (type !== ipProtocol.destinationOptions) continue
    const options = ipv6Options(view(bytes, at, at + size))
    const home = options.find((option) => option.type === 201 && option.data.length === 16 && !option.malformed)
    if (home) return home.data.byteOffset - bytes.byteOffset
  }
  return own
}
