import { formatEnd } from '@nfkit/inet'
import { type IpPacket, parseIp } from '@nfkit/ip-codec'
import { replyTo } from '@nfkit/ip-codec/build'

/** The line of a packet that answers this one as a server would, where one would: `tcp 10.0.0.2:443 > 10.0.0.1:4000 syn ack`. */
export function replyLine(bytes: Uint8Array): string | undefined {
  const ip = parseIp(bytes)
  if (ip === undefined || ip.tcp?.rst) return undefined
  const { source, destination, sourcePort, destinationPort } = replyTo(ip)
  const ends = `${formatEnd({ address: source, port: sourcePort })} > ${formatEnd({ address: destination, port: destinationPort })}`
  return lineFor(ip, ends)
}

function lineFor(ip: IpPacket, ends: string): string | undefined {
  if (ip.tcp) return `tcp ${ends} ${ip.tcp.syn && !ip.tcp.ack ? 'syn ack' : 'ack'}`
  if (ip.udp) return `udp ${ends}`
  const ping = ip.icmp ?? ip.icmpv6
  if (!ping?.isEchoRequest) return undefined
  return `${ip.icmpv6 ? 'icmpv6' : 'icmp'} ${ends} echo-reply id ${ping.identifier ?? 0}`
}
