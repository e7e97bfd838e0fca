import { type ByteOrder, big, little } from '../format/byte-order.ts'
import type { Input } from '../format/input.ts'
import { limits } from '../format/limits.ts'
import type { RecordReader } from '../format/record-reader.ts'
import { cut } from '../pcap/pcap.ts'
import { block, byteOrderMagic, shortestBlock } from './block.ts'
import { Section } from './section.ts'

/** The records of a pcapng file. Throws `CaptureError`. */
export function* readPcapng(input: Input): RecordReader {
  let section: Section | undefined
  while (input.available >= shortestBlock || (yield shortestBlock)) {
    const type = input.u32(little, 0)
    // A section header may change the byte order, and says so in its first word; its type reads the same both ways.
    if (type === block.section) section = new Section(input, sectionOrder(input), section)
    if (section === undefined) throw input.error('corrupt', 'the file does not start with a section header')
    const length = blockLength(input, section.order)
    if (input.available < length && !(yield length))
      throw input.error('truncated', `the file ends after ${input.available} of the ${length} bytes of a block: ${cut}`)
    checkEnd(input, section.order, length)
    const record = section.block(input.peek(length))
    input.skip(length)
    if (record) yield record
  }
  if (input.available > 0)
    throw input.error('truncated', `the file ends after ${input.available} bytes of a block: ${cut}`)
}

/** How long a block says at its start that it is. */
function blockLength(input: Input, order: ByteOrder): number {
  const length = input.u32(order, 4)
  if (length >= shortestBlock && length % 4 === 0 && length <= limits.record) return length
  const reason = `a block claims ${length} bytes, and can have ${shortestBlock} to ${limits.record} in steps of 4`
  throw input.error('corrupt', `${reason}: the file is damaged; what comes before can be saved with editcap`)
}

/** A block says at its end again how long it is. */
function checkEnd(input: Input, order: ByteOrder, length: number): void {
  const repeated = input.u32(order, length - 4)
  if (repeated === length) return
  throw input.error(
    'corrupt',
    `a block says ${length} bytes at its start and ${repeated} at its end: the file is damaged`,
  )
}

function sectionOrder(input: Input): ByteOrder {
  const head = input.peek(shortestBlock)
  const order = [little, big].find((candidate) => candidate.u32(head, 8) === byteOrderMagic)
  if (order === undefined) {
    const seen = big.u32(head, 8).toString(16).padStart(8, '0')
    throw input.error('corrupt', `a section header has the byte-order magic ${seen}: the file is damaged`)
  }
  return order
}
