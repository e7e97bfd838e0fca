import { type ByteOrder, big, little } from '../format/byte-order.ts'
import type { Input } from '../format/input.ts'
import { limits } from '../format/limits.ts'
import type { CaptureRecord } from '../format/record.ts'
import { cut } from '../pcap/pcap.ts'
import { block, byteOrderMagic, shortestBlock } from './block.ts'
import { Section } from './section.ts'

/** The records of a pcapng file. Throws `CaptureError`. */
export async function* readPcapng(input: Input): AsyncGenerator<CaptureRecord, void, undefined> {
  let section: Section | undefined
  while (input.available >= shortestBlock || (await input.fill(shortestBlock))) {
    const type = little.u32(input.peek(4), 0)
    // A section header may change the byte order, and says so in its first word; its type reads the same both ways.
    if (type === block.section) section = new Section(input, sectionOrder(input), section)
    if (section === undefined) throw input.error('corrupt', 'the file does not start with a section header')
    const length = await wholeBlock(input, section.order)
    const record = section.block(input.peek(length))
    input.skip(length)
    if (record) yield record
  }
  if (input.available > 0)
    throw input.error('truncated', `the file ends after ${input.available} bytes of a block: ${cut}`)
}

/** Wait for a block to be there as a whole, check both its lengths, and return them. */
async function wholeBlock(input: Input, order: ByteOrder): Promise<number> {
  const length = order.u32(input.peek(8), 4)
  if (length < shortestBlock || length % 4 !== 0 || length > limits.record) {
    const reason = `a block claims ${length} bytes, and can have ${shortestBlock} to ${limits.record} in steps of 4`
    throw input.error('corrupt', `${reason}: the file is damaged; what comes before can be saved with editcap`)
  }
  if (input.available < length && !(await input.fill(length)))
    throw input.error('truncated', `the file ends after ${input.available} of the ${length} bytes of a block: ${cut}`)
  const repeated = order.u32(input.peek(length), length - 4)
  if (repeated !== length)
    throw input.error(
      'corrupt',
      `a block says ${length} bytes at its start and ${repeated} at its end: the file is damaged`,
    )
  return length
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
