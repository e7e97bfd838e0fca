import { ipProtocol } from '@nfkit/inet'
import type { Journey } from '../../../hooks/journey.ts'
import type { Packet } from '../../../packet.ts'

/** A header of packets. */
export interface Header {
  /** The bytes it is in. */
  bytes(journey: Journey): Uint8Array
  /** Where it starts in them; -1 in packets that do not have it. */
  start(journey: Journey): number
}

const bytes = ({ packet }: Journey): Uint8Array => packet.bytes

/** The headers that expressions name. */
export const headers: { readonly [base: string]: Header } = {
  llHeader: { bytes: linkHeader, start: (journey) => (hasLinkHeader(journey) ? 0 : -1) },
  networkHeader: { bytes, start: () => 0 },
  transportHeader: { bytes, start: ({ packet }) => transportStart(packet) },
  innerHeader: { bytes, start: ({ packet }) => innerStart(packet) },
}

const hasLinkHeader = ({ packet, indev, outdev }: Journey): boolean =>
  packet.origin.linkHeader !== undefined || (indev?.name === 'lo' && !outdev)

/** Ethernet's, of packets that arrived; that of the loopback device has no addresses. */
function linkHeader({ packet }: Journey): Uint8Array {
  if (packet.origin.linkHeader) return packet.origin.linkHeader
  const bytes = new Uint8Array(14)
  bytes.set(packet.bytes[0]! >> 4 === 6 ? [0x86, 0xdd] : [0x08, 0x00], 12)
  return bytes
}

const transportStart = ({ layout }: Packet): number => (layout && !layout.laterFragment ? layout.transport : -1)

/** Behind the header of layer 4, of protocols whose length is known (nft_payload_inner_offset). */
function innerStart(packet: Packet): number {
  const { bytes } = packet
  const start = transportStart(packet)
  if (start < 0) return -1
  switch (packet.layout!.protocol) {
    case ipProtocol.udp:
      return start + 8
    case ipProtocol.tcp:
      return start + 20 > bytes.length ? -1 : start + 4 * (bytes[start + 12]! >> 4)
    default:
      return -1
  }
}
