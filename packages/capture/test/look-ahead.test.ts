import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { captureFile } from '../src/file/index.ts'
import { captureKind, LookAhead, readCapture } from '../src/index.ts'
import { pcap, plain } from './written.ts'

const wanted = plain([1, 2, 3].map((i) => Uint8Array.of(i)))

const numbers = async (records: AsyncIterable<{ readonly number: number }>, most = 99) => {
  const found: number[] = []
  for await (const { number } of records) if (found.push(number) >= most) break
  return found
}

test('what was looked at comes again, once', async () => {
  const capture = new LookAhead(readCapture([pcap(wanted)]))
  expect(await captureKind(capture.ahead())).toBe('packets')
  expect(await numbers(capture.ahead(), 2)).toEqual([1, 2])
  expect(await numbers(capture.ahead())).toEqual([1, 2, 3])
  expect(await numbers(capture)).toEqual([1, 2, 3])
  expect(await numbers(capture)).toEqual([])
})

test('no more is kept than the limit, and the rest comes in the loop', async () => {
  const large = Array.from({ length: 400 }, (_, i) => ({ ...wanted[0]!, bytes: new Uint8Array(100_000).fill(i) }))
  const capture = new LookAhead(readCapture(pcap(large)))
  const ahead = await numbers(capture.ahead(), 1_000)
  expect(ahead.length).toBeLessThan(200)
  expect(await numbers(capture, 1_000)).toHaveLength(400)
})

test('a capture that is left unread is closed', async () => {
  let closed = false
  async function* source() {
    try {
      for (;;) yield pcap(wanted)
    } finally {
      closed = true
    }
  }
  const capture = new LookAhead(readCapture(source()))
  expect(await captureKind(capture.ahead())).toBe('packets')
  expect(closed).toBe(false)
  await capture.close()
  expect(closed).toBe(true)
})

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capture-fifo-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('a FIFO is read from its first byte to its last, whenever its writer comes', async () => {
  const [path, file] = [join(folder, 'fifo'), join(folder, 'file')]
  writeFileSync(file, pcap(wanted))
  spawnSync('mkfifo', [path])
  const capture = new LookAhead(readCapture(captureFile(path)))
  const kind = captureKind(capture.ahead())
  const writer = spawn('sh', ['-c', `sleep 0.2; cat ${file} > ${path}`])
  expect(await kind).toBe('packets')
  expect(await numbers(capture)).toEqual([1, 2, 3])
  writer.kill()
})

test('a FIFO nobody writes is waited for, and can be left', async () => {
  const path = join(folder, 'silent')
  spawnSync('mkfifo', [path])
  const capture = readCapture(captureFile(path))[Symbol.asyncIterator]()
  const first = capture.next()
  const still = new Promise((resolve) => setTimeout(resolve, 100, 'waiting'))
  expect(await Promise.race([first, still])).toBe('waiting')
  // The thread that is not blocked can open it for writing; its end is the end of the file.
  spawnSync('sh', ['-c', `: > ${path}`])
  await expect(first).rejects.toMatchObject({ problem: 'truncated', reason: 'the file is empty' })
})
