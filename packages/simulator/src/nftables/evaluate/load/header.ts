import { ipProtocol } from '@nfkit/inet'
import type { Journey } from '../../../hooks/journey.ts'
import type { Packet } from '../../../packet.ts'

/** Where a header starts in some bytes. */
export interface Base {
  readonly bytes: Uint8Array
  readonly start: number
}

/** Where each header starts; `undefined` in packets that do not have it. */
export const bases: { readonly [base: string]: (journey: Journey) => Base | undefined } = {
  llHeader: (journey) => linkHeader(journey),
  networkHeader: ({ packet }) => ({ bytes: packet.bytes, start: 0 }),
  transportHeader: ({ packet }) => transportHeader(packet),
  innerHeader: ({ packet }) => innerHeader(packet),
}

/** Ethernet's, of packets that arrived; that of the loopback device has no addresses. */
function linkHeader({ packet, indev, outdev }: Journey): Base | undefined {
  if (packet.origin.linkHeader) return { bytes: packet.origin.linkHeader, start: 0 }
  if (indev?.name !== 'lo' || outdev) return undefined
  const bytes = new Uint8Array(14)
  bytes.set(packet.bytes[0]! >> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00], 12)
  return { bytes, start: 0 }
}

function transportHeader({ layout, bytes }: Packet): Base | undefined {
  return layout && !layout.laterFragment ? { bytes, start: layout.transport } : undefined
}

/** Behind the header of layer 4, of protocols whose length is known (nft_payload_inner_offset). */
function innerHeader(packet: Packet): Base | undefined {
  const base = transportHeader(packet)
  if (!base) return undefined
  const { bytes, start } = base
  switch (packet.layout!.protocol) {
    case ipProtocol.udp:
      return { bytes, start: start + 8 }
    case ipProtocol.tcp:
      return start + 20 > bytes.length ? undefined : { bytes, start: start + 4 * (bytes[start + 12]! >> 4) }
    default:
      return undefined
  }
}
