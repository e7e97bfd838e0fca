import { type ByteOrder, big, little } from '../format/byte-order.ts'
import type { Input } from '../format/input.ts'
import { limits } from '../format/limits.ts'
import type { CaptureInterface } from '../format/record.ts'
import type { RecordReader } from '../format/record-reader.ts'

/** First 32 bits of a pcap file, as its writer's machine reads them. */
export const pcapMagic = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d, modified: 0xa1b2cd34 } as const

/** The version of nearly all files is 2.4. */
const latestMinor = 4

/** What no capturing program exceeds (MAXIMUM_SNAPLEN of tcpdump) unless the file's header says so. */
const usualSnapLength = 262_144

const fileHeader = 24
const recordHeader = 16

/** How numbers are stored, when these are the first bytes of a pcap file. */
export function pcapByteOrder(head: Uint8Array): ByteOrder | undefined {
  const isMagic = (order: ByteOrder) => (Object.values(pcapMagic) as number[]).includes(order.u32(head, 0))
  return [little, big].find(isMagic)
}

/** The records of a pcap file. Throws `CaptureError`. */
export function* readPcap(input: Input, order: ByteOrder): RecordReader {
  if (input.available < fileHeader && !(yield fileHeader))
    throw input.error('truncated', `the file ends after ${input.available} bytes of its ${fileHeader}-byte header`)
  const head = input.peek(fileHeader)
  const magic = order.u32(head, 0)
  if (magic === pcapMagic.modified) {
    throw input.error(
      'unsupported',
      'this is the "modified" pcap of old patched kernels: convert it with editcap -F pcap',
    )
  }
  const [major, minor] = [order.u16(head, 4), order.u16(head, 6)]
  if (major !== 2 || minor > latestMinor)
    throw input.error(
      'unsupported',
      `pcap version ${major}.${minor}, and only 2.0 to 2.${latestMinor} are known: convert the file with editcap -F pcap`,
    )
  const nanosecondsPerTick = magic === pcapMagic.nanoseconds ? 1 : 1000
  const at = captureInterface(order.u32(head, 20) & 0xffff, order.u32(head, 16))
  const limit = Math.min(limits.record, Math.max(at.snapLength, usualSnapLength))
  input.skip(fileHeader)

  // Most records are of the same second as the one before.
  let second = 0
  let secondNs = 0n
  while (input.available >= recordHeader || (yield recordHeader)) {
    const number = ++input.records
    const { offset } = input
    const lengths = [input.u32(order, 8), input.u32(order, 12)] as const
    const [length, originalLength] = isSwapped(minor, ...lengths) ? [lengths[1], lengths[0]] : lengths
    if (length > limit) {
      const reason = `record ${number} claims ${length} bytes, more than the ${limit} a record may have`
      throw input.error('corrupt', `${reason}: the file is damaged; what comes before can be saved with editcap`)
    }
    const [seconds, ticks] = [input.u32(order, 0), input.u32(order, 4)]
    if (seconds !== second) {
      second = seconds
      secondNs = BigInt(seconds) * 1_000_000_000n
    }
    const timestampNs = secondNs + BigInt(ticks * nanosecondsPerTick)
    if (input.available < recordHeader + length && !(yield recordHeader + length)) {
      const got = input.available - recordHeader
      throw input.error('truncated', `the file ends after ${got} of the ${length} bytes of record ${number}: ${cut}`)
    }
    input.skip(recordHeader)
    const bytes = input.take(length)
    yield {
      file: input.file,
      number,
      offset,
      timestampNs,
      linktype: at.linktype,
      interface: at,
      bytes,
      originalLength,
      direction: undefined,
      comment: undefined,
    }
  }
  if (input.available > 0)
    throw input.error('truncated', `the file ends after ${input.available} bytes of a record's header: ${cut}`)
}

/**
 * Whether a record says first how many bytes its frame had, and then how many were kept, as writers before version 2.3 did, and some of
 * 2.3: a frame cannot have had fewer bytes than were kept.
 */
const isSwapped = (minor: number, first: number, second: number): boolean =>
  minor < 3 || (minor === 3 && first > second)

/** Why files end in the middle. */
export const cut = 'it was cut, or is still being written; what comes before is whole'

function captureInterface(linktype: number, snapLength: number): CaptureInterface {
  return { index: 0, linktype, snapLength, name: undefined, description: undefined }
}
