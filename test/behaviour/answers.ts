import { ipProtocol } from '@nfkit/inet'
import { parseIp } from '@nfkit/ip-codec'
import { type Queue, queuedPackets } from './queue.ts'

/** What the kernel itself answers to packets, in a queue, which drops it: as many as expected, and all there are. A machine of IPv6 has other things to say, too. */
export async function told(queue: Queue, count: number): Promise<Uint8Array[]> {
  const answers: Uint8Array[] = []
  for (const end = Date.now() + 10_000; ; ) {
    for (const { id, payload } of queuedPackets(await queue.socket.messages())) {
      const ip = parseIp(payload!)!
      if (ip.tcp || (ip.icmp ?? ip.icmpv6)?.isError) answers.push(payload!.slice())
      await queue.judge(id, 'drop')
    }
    if (answers.length >= count || Date.now() > end) return answers
  }
}

/** Without what kernels choose at random: the identification of an IPv4 error, with the header's checksum, and the label of an IPv6 one. */
export function unnumbered(packet: Uint8Array): Uint8Array {
  const bytes = packet.slice()
  const ip = parseIp(bytes)!
  if (ip.protocol === ipProtocol.icmp) for (const at of [4, 5, 10, 11]) bytes[at] = 0
  if (ip.protocol === ipProtocol.icmpv6) for (const at of [1, 2, 3]) bytes[at] = at === 1 ? bytes[at]! & 0xf0 : 0
  return bytes
}
