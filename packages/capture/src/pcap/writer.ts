import { check } from '@nfkit/netlink-transport'
import { type ByteOrder, hostOrder } from '../format/byte-order.ts'
import { BufferedSink, type CaptureSink } from '../format/sink.ts'
import { pcapMagic } from './pcap.ts'

/** How a pcap file is written. */
export interface PcapOptions {
  /** A value of `linktype`: a pcap file has one. */
  readonly linktype: number
  /** Digits of a second in timestamps; nanoseconds when absent. */
  readonly resolution?: 'microseconds' | 'nanoseconds' | undefined
  /** How numbers are stored: as this machine does when absent. */
  readonly order?: ByteOrder | undefined
  /** Most bytes of a packet that will be written; 262,144 when absent. */
  readonly snapLength?: number | undefined
}

/**
 * Writes a pcap file, record by record: for programs that do not read pcapng, which says more.
 *
 * @example
 * import { linktype, MemorySink, PcapWriter } from '@nfkit/capture'
 * import { udp } from '@nfkit/ip-codec/build'
 *
 * const sink = new MemorySink()
 * const writer = new PcapWriter(sink, { linktype: linktype.raw })
 * writer.record(BigInt(Date.now()) * 1_000_000n, udp('10.0.0.1:4000 > 10.0.0.2:53'))
 * writer.close()
 * console.log(sink.bytes.length) // 68
 */
export class PcapWriter {
  readonly #sink: BufferedSink
  readonly #order: ByteOrder
  readonly #nanosecondsPerTick: bigint
  readonly #header = new Uint8Array(16)

  /** The sink is closed by `close`. Throws what the sink throws, `TypeError` for an option there is not, and `RangeError` for a wrong one. */
  constructor(sink: CaptureSink, options: PcapOptions) {
    const {
      linktype,
      resolution = 'nanoseconds',
      order = hostOrder,
      snapLength = 262_144,
    } = check.all('options', options, {
      linktype: () => {},
      resolution: (value) => check.word('resolution', value, { microseconds: true, nanoseconds: true }),
      order: () => {},
      snapLength: (value) => check.whole('snapLength', value, 0, 0xffff_ffff),
    })
    check.whole('linktype', linktype, 0, 0xffff_ffff)
    this.#sink = new BufferedSink(sink)
    this.#order = order
    this.#nanosecondsPerTick = resolution === 'nanoseconds' ? 1n : 1000n
    const head = new Uint8Array(24)
    order.putU32(head, 0, pcapMagic[resolution])
    order.putU16(head, 4, 2)
    order.putU16(head, 6, 4)
    order.putU32(head, 16, snapLength)
    order.putU32(head, 20, linktype)
    this.#sink.write(head)
  }

  /** Write one record; `originalLength` is what the frame had when `bytes` was cut. */
  record(timestampNs: bigint, bytes: Uint8Array, originalLength = bytes.length): void {
    const { putU32 } = this.#order
    putU32(this.#header, 0, Number(timestampNs / 1_000_000_000n))
    putU32(this.#header, 4, Number((timestampNs % 1_000_000_000n) / this.#nanosecondsPerTick))
    putU32(this.#header, 8, bytes.length)
    putU32(this.#header, 12, originalLength)
    this.#sink.write(this.#header)
    this.#sink.write(bytes)
  }

  /** Hand what was written so far to the sink. */
  flush(): void {
    this.#sink.flush()
  }

  /** Write what is still buffered and close the sink. Closing twice is fine. */
  close(): void {
    this.#sink.close()
  }
}
