import type { Packet } from '@nfkit/nfqueue'

/** Plain HTTP is dropped; what goes to the server may talk on, by its connection's mark. */
export default function judge(packet: Packet): void {
  const { ip } = packet
  console.log('asked for', String(ip))
  if (ip?.tcp?.destinationPort === 80) packet.drop()
  else packet.accept({ connmark: 1 })
}
