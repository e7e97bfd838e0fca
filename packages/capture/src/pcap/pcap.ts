import { type ByteOrder, big, little } from '../format/byte-order.ts'
import type { Input } from '../format/input.ts'
import { limits } from '../format/limits.ts'
import type { CaptureInterface, CaptureRecord } from '../format/record.ts'

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
export async function* readPcap(input: Input, order: ByteOrder): AsyncGenerator<CaptureRecord, void, undefined> {
  if (!(await input.fill(fileHeader)))
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
  const nanosecondsPerTick = magic === pcapMagic.nanoseconds ? 1n : 1000n
  const at = captureInterface(order.u32(head, 20) & 0xffff, order.u32(head, 16))
  const limit = Math.min(limits.record, Math.max(at.snapLength, usualSnapLength))
  input.skip(fileHeader)

  while (input.available >= recordHeader || (await input.fill(recordHeader))) {
    const number = ++input.records
    const { offset } = input
    const header = input.peek(recordHeader)
    const [length, originalLength] = lengthsOf(minor, order.u32(header, 8), order.u32(header, 12))
    if (length > limit) {
      const reason = `record ${number} claims ${length} bytes, more than the ${limit} a record may have`
      throw input.error('corrupt', `${reason}: the file is damaged; what comes before can be saved with editcap`)
    }
    const timestampNs =
      BigInt(order.u32(header, 0)) * 1_000_000_000n + BigInt(order.u32(header, 4)) * nanosecondsPerTick
    if (input.available < recordHeader + length && !(await input.fill(recordHeader + length))) {
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
 * How many bytes of a frame were kept, and how many it had. Writers before version 2.3 stored them the other way round, and some of
 * 2.3: a frame cannot have had fewer bytes than were kept.
 */
function lengthsOf(minor: number, first: number, second: number): [kept: number, original: number] {
  const swapped = minor < 3 || (minor === 3 && first > second)
  return swapped ? [second, first] : [first, second]
}

/** Why files end in the middle. */
export const cut = 'it was cut, or is still being written; what comes before is whole'

function captureInterface(linktype: number, snapLength: number): CaptureInterface {
  return { index: 0, linktype, snapLength, name: undefined, description: undefined }
}
