import { linktype, MemorySink, PcapngWriter, type ReplayTransport, readCapture, replayTransport } from '@nfkit/capture'

/** One datagram: to the kernel, or from it. */
export type Line = readonly ['>' | '<', Uint8Array]

/** What tcpdump writes in front of a datagram of NETLINK_NETFILTER. */
const cookedHeader = Uint8Array.of(0, 4, 824 >> 8, 824 & 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12)

/** A transport that plays a conversation: what no kernel we have says, but one may. */
export function replayed(lines: readonly Line[]): Promise<ReplayTransport> {
  const sink = new MemorySink()
  const writer = new PcapngWriter(sink)
  writer.addInterface({ linktype: linktype.netlink, name: 'nlmon0' })
  for (const [direction, bytes] of lines) {
    const record = { interface: 0, timestampNs: 1n, parts: [cookedHeader, bytes] }
    writer.record({ ...record, direction: direction === '<' ? 'inbound' : 'outbound' })
  }
  writer.close()
  return replayTransport(readCapture(sink.bytes), { compare: 'meaning' })
}
