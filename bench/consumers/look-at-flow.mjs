/** A number made of everything the reference programs look at in a connection. */
export function lookAtFlow(flow) {
  const { original, reply } = flow
  let sum = flow.id ^ flow.status ^ flow.timeoutSeconds ^ flow.mark ^ flow.use ^ flow.tcpState
  sum ^= original.sourcePort ^ original.destinationPort ^ reply.sourcePort
  sum ^= original.source.addressBytes[3] ^ reply.destination.addressBytes[3]
  return sum ^ Number(flow.originalCounters.packets) ^ Number(flow.replyCounters.bytes)
}
