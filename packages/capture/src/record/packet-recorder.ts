import { be16 } from '@nfkit/inet/bytes'
import type { PacketView } from '@nfkit/netlink-codec/packet-view'
import { linktype } from '../format/linktype.ts'
import type { CaptureSink } from '../format/sink.ts'
import { type PcapngOptions, PcapngWriter } from '../pcapng/writer.ts'

/** What is written of a packet: a packet of a queue has it, a copy of a log group, and any other view of a packet. */
export type RecordableView = Pick<PacketView<unknown>, 'hook' | 'payload' | 'timestampNs' | 'indevName' | 'outdevName'>

/** Where packets are on their way out. */
const leaving: readonly (string | undefined)[] = ['output', 'postrouting']

/**
 * Writes packets as pcapng, which Wireshark reads: from the network header on, by the interface they came in on or leave by. Each is written as it is
 * when it is given: before its verdict, and no later than its bytes can be read.
 *
 * @example
 * import { MemorySink, PacketRecorder } from '@nfkit/capture'
 * import { openLog } from '@nfkit/nflog'
 *
 * export async function recording(transport: Parameters<typeof openLog>[0]) {
 *   const recorder = new PacketRecorder(new MemorySink()) // or new FileSink('dropped.pcapng') of @nfkit/capture/file
 *   const log = await openLog(transport, { group: 5 })
 *   await log.run((packet) => recorder.record(packet, packet.prefix))
 *   recorder.close()
 * }
 */
export class PacketRecorder {
  readonly #writer: PcapngWriter
  readonly #interfaces = new Map<string, number>()

  /** The sink is closed by `close`. Throws what the sink throws, and `TypeError` for an option there is not. */
  constructor(sink: CaptureSink, options: PcapngOptions = {}) {
    this.#writer = new PcapngWriter(sink, options)
  }

  /**
   * Write a packet, and a comment on it that Wireshark shows. False for one without bytes of IP, of which nothing is written: ARP, or a queue that copies
   * nothing. Throws what the sink throws.
   */
  record(packet: RecordableView, comment?: string): boolean {
    const { payload, hook } = packet
    const length = payload && lengthOf(payload)
    if (length === undefined) return false
    const isLeaving = leaving.includes(hook)
    this.#writer.record({
      interface: this.#interfaceOf((isLeaving ? packet.outdevName : packet.indevName) ?? ''),
      timestampNs: packet.timestampNs ?? BigInt(Date.now()) * 1_000_000n,
      parts: [payload!],
      originalLength: Math.max(length, payload!.length),
      direction: isLeaving ? 'outbound' : 'inbound',
      ...(comment ? { comment } : {}),
    })
    return true
  }

  /** Hand what was written so far to the sink. */
  flush(): void {
    this.#writer.flush()
  }

  /** Write what is still buffered and close the sink. Closing twice is fine. */
  close(): void {
    this.#writer.close()
  }

  #interfaceOf(name: string): number {
    const known = this.#interfaces.get(name)
    if (known !== undefined) return known
    const number = this.#writer.addInterface({ linktype: linktype.raw, ...(name === '' ? {} : { name }) })
    this.#interfaces.set(name, number)
    return number
  }
}

/** Bytes of a packet as its header says; `undefined` where there is no header of IP. */
function lengthOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined
  const version = bytes[0]! >> 4
  if (version === 4) return be16(bytes, 2)
  return version === 6 ? 40 + be16(bytes, 4) : undefined
}
