import type { ByteOrder } from '../format/byte-order.ts'
import type { CaptureError } from '../format/errors.ts'
import type { Input } from '../format/input.ts'
import { limits } from '../format/limits.ts'
import type { CaptureDirection, CaptureInterface, CaptureRecord } from '../format/record.ts'
import { TimeScale } from '../packets/time-scale.ts'
import { block, option } from './block.ts'
import { type Option, optionsOf } from './option.ts'

const utf8 = new TextDecoder()

/** An interface and how its timestamps count. */
interface Source {
  readonly interface: CaptureInterface
  readonly scale: TimeScale
}

/** One section of a pcapng file: its byte order and its interfaces. */
export class Section {
  readonly order: ByteOrder
  readonly #input: Input
  readonly #sources: Source[] = []
  readonly #firstIndex: number
  /** Bytes of names and descriptions so far, over all sections. */
  #textBytes: number

  constructor(input: Input, order: ByteOrder, before?: Section) {
    this.#input = input
    this.order = order
    this.#firstIndex = before === undefined ? 0 : before.#firstIndex + before.#sources.length
    this.#textBytes = before === undefined ? 0 : before.#textBytes
  }

  /** Read one whole block; the record it holds, if it holds one. Throws `CaptureError`. */
  block(bytes: Uint8Array): CaptureRecord | undefined {
    switch (this.order.u32(bytes, 0)) {
      case block.section:
        this.#version(bytes)
        return undefined
      case block.interface:
        this.#describe(bytes)
        return undefined
      case block.enhancedPacket:
        return this.#packet(bytes, this.#word(bytes, 8))
      case block.packet:
        this.#atLeast(bytes, 32)
        return this.#packet(bytes, this.order.u16(bytes, 8))
      case block.simplePacket:
        return this.#simplePacket(bytes)
      default:
        return undefined
    }
  }

  #version(bytes: Uint8Array): void {
    this.#atLeast(bytes, 28)
    const [major, minor] = [this.order.u16(bytes, 12), this.order.u16(bytes, 14)]
    if (major !== 1 || !minorVersions.includes(minor))
      throw this.#input.error(
        'unsupported',
        `pcapng version ${major}.${minor}, and only 1.0 and 1.2, which mean the same, are known: convert it with editcap`,
      )
  }

  #describe(bytes: Uint8Array): void {
    this.#atLeast(bytes, 20)
    let name: string | undefined
    let description: string | undefined
    let resolution = 6
    let offsetSeconds = 0n
    for (const { code, value } of this.#options(bytes, 16)) {
      if (code === option.ifName) name = this.#text(value)
      else if (code === option.ifDescription) description = this.#text(value)
      else if (code === option.ifTimeResolution && value.length >= 1) resolution = value[0]!
      else if (code === option.ifTimeOffset && value.length >= 8) offsetSeconds = this.#i64(value)
    }
    if (this.#firstIndex + this.#sources.length >= limits.interfaces)
      throw this.#beyond(`${limits.interfaces} interfaces`)
    const linktype = this.order.u16(bytes, 8)
    const snapLength = this.order.u32(bytes, 12)
    const index = this.#firstIndex + this.#sources.length
    this.#sources.push({
      interface: { index, linktype, snapLength, name, description },
      scale: new TimeScale(resolution, offsetSeconds),
    })
  }

  #packet(bytes: Uint8Array, source: number): CaptureRecord {
    const { order } = this
    const { interface: at, scale } = this.#source(source)
    this.#atLeast(bytes, 32)
    const length = order.u32(bytes, 20)
    if (length > bytes.length - 32)
      throw this.#input.error(
        'corrupt',
        `a packet of ${length} bytes does not fit its block of ${bytes.length}: ${damaged}`,
      )
    let direction: CaptureDirection | undefined
    const comments: string[] = []
    let commentBytes = 0
    for (const { code, value } of this.#options(bytes, 28 + ((length + 3) & ~3))) {
      if (code === option.comment) {
        commentBytes += value.length
        if (commentBytes > limits.comments) throw this.#beyond(`${limits.comments} bytes of comments on one packet`)
        comments.push(utf8.decode(value))
      } else if (code === option.packetFlags && value.length >= 4) direction = directions[order.u32(value, 0) & 3]
    }
    return {
      file: this.#input.file,
      number: ++this.#input.records,
      offset: this.#input.offset,
      timestampNs: scale.nanoseconds(order.u32(bytes, 12), order.u32(bytes, 16)),
      linktype: at.linktype,
      interface: at,
      bytes: bytes.subarray(28, 28 + length),
      originalLength: order.u32(bytes, 24),
      direction,
      comment: comments.length === 0 ? undefined : comments.join('\n'),
    }
  }

  #simplePacket(bytes: Uint8Array): CaptureRecord {
    const originalLength = this.#word(bytes, 8)
    const { interface: at } = this.#source(0)
    const room = bytes.length - 16
    const length = Math.min(originalLength, at.snapLength === 0 ? room : at.snapLength, room)
    return {
      file: this.#input.file,
      number: ++this.#input.records,
      offset: this.#input.offset,
      timestampNs: undefined,
      linktype: at.linktype,
      interface: at,
      bytes: bytes.subarray(12, 12 + length),
      originalLength,
      direction: undefined,
      comment: undefined,
    }
  }

  #source(index: number): Source {
    const source = this.#sources[index]
    if (source) return source
    throw this.#input.error(
      'corrupt',
      `a packet is of interface ${index}, which is not described before it: ${damaged}`,
    )
  }

  *#options(bytes: Uint8Array, start: number): Generator<Option, void, undefined> {
    let count = 0
    for (const found of optionsOf(bytes, start, bytes.length - 4, this.order)) {
      if (found === undefined) throw this.#input.error('corrupt', `an option does not fit its block: ${damaged}`)
      if (++count > limits.options) throw this.#beyond(`${limits.options} options in one block`)
      yield found
    }
  }

  /** A name or description. */
  #text(value: Uint8Array): string {
    this.#textBytes += value.length
    if (this.#textBytes > limits.interfaceText)
      throw this.#beyond(`${limits.interfaceText} bytes of names and descriptions of interfaces`)
    return utf8.decode(value)
  }

  #beyond(limit: string): CaptureError {
    return this.#input.error('unsupported', `more than ${limit}: no capturing program writes so many`)
  }

  #word(bytes: Uint8Array, at: number): number {
    this.#atLeast(bytes, at + 8)
    return this.order.u32(bytes, at)
  }

  #i64(value: Uint8Array): bigint {
    const { order } = this
    const [high, low] = order.name === 'big' ? [0, 4] : [4, 0]
    return BigInt.asIntN(64, (BigInt(order.u32(value, high)) << 32n) | BigInt(order.u32(value, low)))
  }

  #atLeast(bytes: Uint8Array, size: number): void {
    if (bytes.length < size)
      throw this.#input.error('corrupt', `a block of ${bytes.length} bytes is too short for its type: ${damaged}`)
  }
}

/** Some writers say 1.2 and write 1.0. */
const minorVersions: readonly number[] = [0, 2]

const damaged = 'the file is damaged; what comes before can be saved with editcap'

const directions = [undefined, 'inbound', 'outbound', undefined] as const
