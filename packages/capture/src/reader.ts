import { check } from '@nfkit/netlink-transport'
import { big } from './format/byte-order.ts'
import { CaptureError } from './format/errors.ts'
import { Input } from './format/input.ts'
import type { CaptureRecord } from './format/record.ts'
import type { RecordReader } from './format/record-reader.ts'
import type { CaptureSource } from './format/source.ts'
import { Loop } from './loop.ts'
import { pcapByteOrder, readPcap } from './pcap/pcap.ts'
import { block } from './pcapng/block.ts'
import { readPcapng } from './pcapng/pcapng.ts'

/** How a capture is read. */
export interface CaptureOptions {
  /**
   * A capture that ends inside a record, as one does that is still being written: throw after the last whole one (the default), or end
   * there and set `truncated`.
   */
  readonly onTruncated?: 'throw' | 'end' | undefined
  /**
   * Stop. The loop throws the signal's reason, also where it waits for bytes: a pipe may never have any. What it reads from is closed when the read
   * under way ends.
   */
  readonly signal?: AbortSignal | undefined
}

/** A capture file, read from front to back in constant memory; by each loop anew, unless it comes from a stream or pipe. */
export class Capture implements AsyncIterable<CaptureRecord> {
  /** Why the capture ended early, once it has, with `onTruncated: 'end'`. */
  truncated: CaptureError | undefined
  readonly #source: CaptureSource
  readonly #options: CaptureOptions

  constructor(source: CaptureSource, options: CaptureOptions) {
    this.#source = source
    this.#options = options
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<CaptureRecord, undefined, undefined> {
    return new Loop({
      open: () => {
        const input = new Input(this.#source, this.#options.signal)
        this.truncated = undefined
        return { input, reader: records(input) }
      },
      failed: (error) => {
        const early = error instanceof CaptureError && error.problem === 'truncated'
        if (!early || this.#options.onTruncated !== 'end') throw error
        this.truncated = error
      },
    })
  }
}

/**
 * Read a capture: pcap or pcapng, in either byte order, from memory, from a stream, or from `captureFile` of `@nfkit/capture/file`.
 * Nothing is opened before the first record is asked for, and everything is closed when the loop is left. Iterating throws
 * `CaptureError`, after the last record that could be read, and the reason of a `signal`. Throws `TypeError` for an option there is not and for what is
 * no signal, and `RangeError` for a wrong word.
 *
 * @example
 * import { readCapture } from '@nfkit/capture'
 * import { captureFile } from '@nfkit/capture/file'
 *
 * for await (const { timestampNs, bytes, direction } of readCapture(captureFile('session.pcapng'))) {
 *   console.error(timestampNs, direction, bytes.length)
 * }
 */
export function readCapture(source: CaptureSource, options: CaptureOptions = {}): Capture {
  return new Capture(source, check.all('options', options, checks))
}

const checks: check.Checks<CaptureOptions> = {
  onTruncated: (value) => check.word('onTruncated', value, { throw: true, end: true }),
  signal: (value) => check.signal('signal', value),
}

/** Whether the first four bytes of a file are those of a capture that can be read. */
export function isCapture(head: Uint8Array): boolean {
  return head.length >= 4 && (big.u32(head, 0) === block.section || pcapByteOrder(head) !== undefined)
}

function* records(input: Input): RecordReader {
  if (!(yield 4)) {
    const size = input.available
    throw input.error('truncated', size === 0 ? 'the file is empty' : `the file ends after ${size} bytes`)
  }
  const head = input.peek(4)
  const order = pcapByteOrder(head)
  if (big.u32(head, 0) === block.section) yield* readPcapng(input)
  else if (order) yield* readPcap(input, order)
  else throw input.error('unsupported', `a file that starts with ${hex(head)} cannot be read: ${adviceFor(head)}`)
}

/** What to do with a file of another kind. */
function adviceFor(head: Uint8Array): string {
  if (big.u16(head, 0) === 0x1f8b) return gzipAdvice
  return compressions.get(big.u32(head, 0)) ?? 'it is neither pcap nor pcapng: convert it with editcap'
}

const gzipAdvice = 'it is compressed with gzip: give readCapture what gunzipped of @nfkit/capture/file makes of it'

const compressions = new Map([
  [0x28b52ffd, 'it is compressed with zstd: unpack it first, with zstd -d'],
  [0xfd377a58, 'it is compressed with xz: unpack it first, with xz -d'],
  [0x04224d18, 'it is compressed with lz4: unpack it first, with lz4 -d'],
  [0x425a6839, 'it is compressed with bzip2: unpack it first, with bunzip2'],
  [0x736e6f6f, 'it is a snoop file: convert it with editcap'],
])

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
}
