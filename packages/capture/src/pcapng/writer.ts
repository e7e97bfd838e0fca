import { check } from '@nfkit/netlink-transport'
import { type ByteOrder, hostOrder } from '../format/byte-order.ts'
import type { CaptureDirection } from '../format/record.ts'
import { BufferedSink, type CaptureSink } from '../format/sink.ts'
import { TimeScale } from '../packets/time-scale.ts'
import { block, byteOrderMagic, option } from './block.ts'

/** How a pcapng file is written. */
export interface PcapngOptions {
  /** How numbers are stored: as this machine does when absent. */
  readonly order?: ByteOrder | undefined
  /** Name of the program that writes. */
  readonly application?: string | undefined
}

/** An interface to describe in a capture. */
export interface InterfaceDescription {
  /** A value of `linktype`. */
  readonly linktype: number
  /** pcapng's `if_name`: `eth0`. */
  readonly name?: string | undefined
  /** pcapng's `if_description`: a text for readers. */
  readonly description?: string | undefined
  /** Most bytes of a packet that will be written; 0, for all, when absent. */
  readonly snapLength?: number | undefined
  /** pcapng's `if_tsresol`; 9, for nanoseconds, when absent. */
  readonly timeResolution?: number | undefined
}

/** A record to write. */
export interface RecordDescription {
  /** What `addInterface` returned. */
  readonly interface: number
  /** Nanoseconds since 1970. */
  readonly timestampNs: bigint
  /** The frame, in pieces that are written one after another. */
  readonly parts: readonly Uint8Array[]
  /** Bytes the frame had, when it was cut. */
  readonly originalLength?: number | undefined
  /** Which way the frame went; not written when absent. */
  readonly direction?: CaptureDirection | undefined
  /** A comment on the record, which Wireshark shows. */
  readonly comment?: string | undefined
}

const interfaceNames = { linktype: true, name: true, description: true, snapLength: true, timeResolution: true }
const directionFlags = { inbound: 1, outbound: 2 } as const
const utf8 = new TextEncoder()
const packetHeader = 28

/**
 * Writes a pcapng file, record by record.
 *
 * @example
 * import { linktype, MemorySink, PcapngWriter } from '@nfkit/capture'
 * import { udp } from '@nfkit/ip-codec/build'
 *
 * const writer = new PcapngWriter(new MemorySink(), { application: 'my-firewall' })
 * const eth0 = writer.addInterface({ name: 'eth0', linktype: linktype.raw })
 * const timestampNs = BigInt(Date.now()) * 1_000_000n
 * writer.record({ interface: eth0, timestampNs, parts: [udp('10.0.0.1:4000 > 10.0.0.2:53')], comment: 'dropped' })
 * writer.close()
 */
export class PcapngWriter {
  readonly #sink: BufferedSink
  readonly #order: ByteOrder
  readonly #scales: TimeScale[] = []
  readonly #scratch = new Uint8Array(packetHeader)
  /** Options of records without a comment: nearly all of them. */
  readonly #directions: { [direction in CaptureDirection | 'unknown']?: Uint8Array } = {}

  /** The sink is closed by `close`. Throws what the sink throws, and `TypeError` for an option there is not. */
  constructor(sink: CaptureSink, options: PcapngOptions = {}) {
    const { order = hostOrder, application } = check.options('options', options, { order: true, application: true })
    this.#sink = new BufferedSink(sink)
    this.#order = order
    const body = new Uint8Array(16)
    order.putU32(body, 0, byteOrderMagic)
    order.putU16(body, 4, 1)
    body.fill(0xff, 8) // section length: not known
    this.#block(block.section, body, application === undefined ? [] : [[option.application, utf8.encode(application)]])
  }

  /** Describe an interface; its number, for records. Throws what the sink throws, `TypeError` for a property there is not, and `RangeError` for a wrong link type. */
  addInterface(description: InterfaceDescription): number {
    const {
      linktype,
      name,
      description: text,
      snapLength = 0,
      timeResolution = 9,
    } = check.options('interface', description, interfaceNames)
    check.whole('linktype', linktype, 0, 0xffff)
    const body = new Uint8Array(8)
    this.#order.putU16(body, 0, linktype)
    this.#order.putU32(body, 4, snapLength)
    const options: [number, Uint8Array][] = [[option.ifTimeResolution, Uint8Array.of(timeResolution)]]
    if (name !== undefined) options.unshift([option.ifName, utf8.encode(name)])
    if (text !== undefined) options.push([option.ifDescription, utf8.encode(text)])
    this.#block(block.interface, body, options)
    return this.#scales.push(new TimeScale(timeResolution)) - 1
  }

  /** Write one record. */
  record({ interface: at, timestampNs, parts, originalLength, direction, comment }: RecordDescription): void {
    let length = 0
    for (const part of parts) length += part.length
    const tail = comment === undefined ? this.#directionOptions(direction) : this.#recordOptions(direction, comment)
    const total = packetHeader + align(length) + tail.length + 4
    const ticks = this.#scales[at]!.ticks(timestampNs)
    const { putU32 } = this.#order
    const head = this.#scratch
    putU32(head, 0, block.enhancedPacket)
    putU32(head, 4, total)
    putU32(head, 8, at)
    putU32(head, 12, Number(BigInt.asUintN(32, ticks >> 32n)))
    putU32(head, 16, Number(BigInt.asUintN(32, ticks)))
    putU32(head, 20, length)
    putU32(head, 24, originalLength ?? length)
    this.#sink.write(head)
    for (const part of parts) this.#sink.write(part)
    this.#sink.write(zeros.subarray(0, align(length) - length))
    this.#sink.write(tail)
    this.#length(total)
  }

  /** Hand what was written so far to the sink. */
  flush(): void {
    this.#sink.flush()
  }

  /** Write what is still buffered and close the sink. Closing twice is fine. */
  close(): void {
    this.#sink.close()
  }

  #directionOptions(direction: CaptureDirection | undefined): Uint8Array {
    const key = direction ?? 'unknown'
    this.#directions[key] ??= this.#recordOptions(direction)
    return this.#directions[key]
  }

  #recordOptions(direction: CaptureDirection | undefined, comment?: string): Uint8Array {
    const options: [number, Uint8Array][] = []
    if (comment !== undefined) options.push([option.comment, utf8.encode(comment)])
    if (direction !== undefined) {
      const flags = new Uint8Array(4)
      this.#order.putU32(flags, 0, directionFlags[direction])
      options.push([option.packetFlags, flags])
    }
    return this.#options(options)
  }

  #block(type: number, body: Uint8Array, options: readonly [number, Uint8Array][]): void {
    const tail = this.#options(options)
    const total = 12 + body.length + tail.length
    const head = new Uint8Array(8)
    this.#order.putU32(head, 0, type)
    this.#order.putU32(head, 4, total)
    for (const part of [head, body, tail]) this.#sink.write(part)
    this.#length(total)
  }

  #length(total: number): void {
    this.#order.putU32(this.#scratch, 0, total)
    this.#sink.write(this.#scratch.subarray(0, 4))
  }

  #options(options: readonly [number, Uint8Array][]): Uint8Array {
    if (options.length === 0) return zeros.subarray(0, 0)
    const bytes = new Uint8Array(options.reduce((sum, [, value]) => sum + 4 + align(value.length), 4))
    let at = 0
    for (const [code, value] of options) {
      this.#order.putU16(bytes, at, code)
      this.#order.putU16(bytes, at + 2, value.length)
      bytes.set(value, at + 4)
      at += 4 + align(value.length)
    }
    return bytes
  }
}

const zeros = new Uint8Array(4)

function align(n: number): number {
  return (n + 3) & ~3
}
