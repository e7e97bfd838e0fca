import type { CaptureRecord } from './format/record.ts'

/** Bytes of records that are looked at in advance, at most, and their number. */
const mostBytes = 16 * 1024 * 1024
const mostRecords = 65_536

/**
 * The records of a capture, which can be looked at before they are read. A pipe can be read only once: what is looked at is kept, and
 * comes again in the loop, of which there can be one.
 */
export class LookAhead implements AsyncIterable<CaptureRecord> {
  readonly #records: AsyncIterator<CaptureRecord>
  #kept: CaptureRecord[] = []
  #bytes = 0

  constructor(capture: AsyncIterable<CaptureRecord>) {
    this.#records = capture[Symbol.asyncIterator]()
  }

  /** The first records: as many as the loop takes, up to 65,536 of them or 16 MiB. Throws what reading the capture throws. */
  async *ahead(): AsyncGenerator<CaptureRecord, void, undefined> {
    for (let i = 0; ; i++) {
      const record = this.#kept[i] ?? (await this.#keep())
      if (record === undefined) return
      yield record
    }
  }

  /** What was looked at, and then the capture's own: a generator around that would wait thrice for each record. */
  [Symbol.asyncIterator](): AsyncIterator<CaptureRecord, void, undefined> {
    const kept = this.#kept.splice(0).values()
    return {
      next: () => {
        const { done, value } = kept.next()
        return done ? this.#records.next() : Promise.resolve({ done: false, value })
      },
      return: async () => {
        await this.close()
        return { done: true, value: undefined }
      },
    }
  }

  /** Close the capture: for who does not come to the loop. */
  async close(): Promise<void> {
    this.#kept = []
    await this.#records.return?.()
  }

  async #keep(): Promise<CaptureRecord | undefined> {
    if (this.#bytes >= mostBytes || this.#kept.length >= mostRecords) return undefined
    const next = await this.#records.next()
    if (next.done) return undefined
    this.#bytes += next.value.bytes.length
    this.#kept.push(next.value)
    return next.value
  }
}
