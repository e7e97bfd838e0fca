/** A number made of everything the reference programs look at in a packet. */
export function lookAtPacket(packet) {
  const { payload, timestampNs } = packet
  const sum = packet.id ^ packet.hwProtocol ^ packet.mark ^ packet.indev ^ packet.outdev ^ payload[payload.length - 1]
  return timestampNs === undefined ? sum : sum ^ Number(timestampNs)
}
