import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { captureFile } from '../src/file/index.ts'
import { CaptureError, type CaptureRecord, LookAhead, readCapture } from '../src/index.ts'
import { pcap, pcapng, plain } from './written.ts'

const wanted = plain(Array.from({ length: 500 }, (_, i) => Uint8Array.of(i >> 8, i)))
const numbers = wanted.map((_, i) => i + 1)

async function numbersOf(capture: AsyncIterable<CaptureRecord>): Promise<number[]> {
  const found: number[] = []
  for await (const { number } of capture) found.push(number)
  return found
}

const folder = mkdtempSync(join(tmpdir(), 'capture-growing-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A file that grows by so many bytes each time it is asked to, until it is whole. */
class Growing {
  readonly path: string
  readonly #whole: Uint8Array
  #at: number

  constructor(name: string, whole: Uint8Array, begun: number) {
    this.path = join(folder, name)
    this.#whole = whole
    this.#at = begun
    writeFileSync(this.path, whole.subarray(0, begun))
  }

  grow(bytes = Number.POSITIVE_INFINITY): void {
    const end = Math.min(this.#at + bytes, this.#whole.length)
    appendFileSync(this.path, this.#whole.subarray(this.#at, end))
    this.#at = end
  }
}

describe.each([
  ['pcap', pcap(wanted)],
  ['pcapng', pcapng(wanted)],
])('a %s file', (name, whole) => {
  test('that is written while it is read: records from the first on, each whole, and then all there are', async () => {
    for (const [begun, pace] of [
      [60, 7],
      [200, 19],
      [500, 977],
    ] as const) {
      const file = new Growing(`${name}-${pace}`, whole, begun)
      const capture = readCapture(captureFile(file.path), { onTruncated: 'end' })
      const found: number[] = []
      for await (const { number, bytes } of capture) {
        found.push(number)
        expect(bytes).toEqual(wanted[number - 1]!.bytes)
        file.grow(pace)
      }
      expect(found).toEqual(numbers.slice(0, found.length))
      if (capture.truncated) expect(capture.truncated).toMatchObject({ problem: 'truncated' })
      file.grow()
      expect(await numbersOf(capture)).toEqual(numbers)
      expect(capture.truncated).toBeUndefined()
    }
  })

  test('that is looked at in advance while it is written, too', async () => {
    const file = new Growing(`${name}-ahead`, whole, 200)
    const capture = new LookAhead(readCapture(captureFile(file.path), { onTruncated: 'end' }))
    for await (const _ of capture.ahead()) file.grow(19)
    const found = await numbersOf(capture)
    expect(found).toEqual(numbers.slice(0, found.length))
  })

  test('that is emptied while it is read, as by rotation: what was read is right, and the rest is missed or told', async () => {
    const path = join(folder, `${name}-rotated`)
    writeFileSync(path, whole)
    const found: number[] = []
    try {
      for await (const { number, bytes } of readCapture(captureFile(path))) {
        found.push(number)
        expect(bytes).toEqual(wanted[number - 1]!.bytes)
        if (number === 3) truncateSync(path, 0)
      }
    } catch (error) {
      expect(error).toBeInstanceOf(CaptureError)
    }
    expect(found).toEqual(numbers.slice(0, found.length))
  })

  test('compressed, that is written while it is read: told as cut', async () => {
    const zipped = gzipSync(whole)
    const file = new Growing(`${name}.gz`, zipped, Math.floor(zipped.length / 2))
    const capture = readCapture(captureFile(file.path), { onTruncated: 'end' })
    const found = await numbersOf(capture)
    expect(found).toEqual(numbers.slice(0, found.length))
    expect(capture.truncated?.message).toContain('the compressed file ends too early')
    file.grow()
    expect(await numbersOf(capture)).toEqual(numbers)
  })
})
