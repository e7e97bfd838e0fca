import { ipProtocol } from '@nfkit/inet'
import { status } from '../src/conntrack/constants.ts'
import { conntrackMessage } from '../src/conntrack/message.ts'
import { conntrack } from '../src/conntrack/table.ts'
import { encodeMessage } from '../src/nfnetlink/header.ts'
import { nfqueueMessage } from '../src/nfqueue/message.ts'
import { nfqa } from '../src/nfqueue/table.ts'

const address = (a, b, c, d) => Uint8Array.of(a, b, c, d)
const address6 = (low) => Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, low >> 8, low & 0xff)

/** Queued packets as the kernel sends them from INPUT: header, device, mark, hardware address, payload; 92 bytes of payload. */
export function packets(count = 256) {
  return join(
    Array.from({ length: count }, (_, i) =>
      encodeMessage({ type: nfqueueMessage.packet.type, flags: 0, family: 2, resourceId: 1 }, nfqa, {
        packetHdr: { packetId: 0x1000 + i, hwProtocol: 0x0800, hook: 1 },
        ifindexIndev: 2,
        mark: 0x1234,
        hwaddr: { hwAddrlen: 6, hwAddr: Uint8Array.of(2, 0, 0x5e, 0x10, 0, i & 0xff, 0, 0) },
        payload: Uint8Array.from({ length: 92 }, (_, at) => (at * 7 + i) & 0xff),
      }),
    ),
  )
}

/** Entries as a dump brings them, with accounting and timestamps on: half TCP, half UDP; a fifth IPv6. */
export function flows(count = 1024) {
  return join(
    Array.from({ length: count }, (_, i) => {
      const v6 = i % 5 === 4
      const tcp = i % 2 === 0
      const ends = [i & 0xffff, (i * 3) & 0xffff]
      const ip = ([source, destination]) =>
        v6
          ? { v6Src: address6(source), v6Dst: address6(destination) }
          : {
              v4Src: address(10, 1, source >> 8, source & 0xff),
              v4Dst: address(10, 2, destination >> 8, destination & 0xff),
            }
      const proto = (srcPort, dstPort) => ({ num: tcp ? ipProtocol.tcp : ipProtocol.udp, srcPort, dstPort })
      const port = 1024 + ((i * 17) % 60000)
      return encodeMessage(
        { type: conntrackMessage.new.type, flags: 2, sequence: 1, portId: 77, family: v6 ? 10 : 2 },
        conntrack,
        {
          tupleOrig: { ip: ip(ends), proto: proto(port, 443) },
          tupleReply: { ip: ip([ends[1], ends[0]]), proto: proto(443, port) },
          status: status.confirmed | status.seenReply | status.assured,
          mark: i,
          id: 0x1e3779b1 + i * 7919,
          use: 1,
          timeout: 300 + (i % 1000),
          ...(tcp && {
            protoinfo: {
              tcp: {
                state: 3,
                wscaleOriginal: 7,
                wscaleReply: 7,
                flagsOriginal: { flags: 0x23, mask: 0 },
                flagsReply: { flags: 0x23, mask: 0 },
              },
            },
          }),
          countersOrig: { packets: BigInt(i + 1), bytes: BigInt(i * 100) },
          countersReply: { packets: BigInt(i + 2), bytes: BigInt(i * 1400) },
          timestamp: { start: 1795434644602091607n + BigInt(i) },
        },
      )
    }),
  )
}

function join(messages) {
  const out = new Uint8Array(messages.reduce((length, message) => length + message.length, 0))
  let at = 0
  for (const message of messages) {
    out.set(message, at)
    at += message.length
  }
  return out
}
