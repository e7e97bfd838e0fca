import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { FileSink } from '../src/file/index.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capture-sink-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function fifo(name: string): string {
  const path = join(folder, name)
  spawnSync('mkfifo', [path])
  return path
}

test('a FIFO nobody reads is refused at once', () => {
  expect(() => new FileSink(fifo('unread'))).toThrow(expect.objectContaining({ code: 'ENXIO' }))
})

test('a FIFO whose reader takes nothing is an error, and no wait for ever', () => {
  const path = fifo('stalled')
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const sink = new FileSink(path)
  expect(() => sink.write(new Uint8Array(1 << 20))).toThrow(expect.objectContaining({ code: 'EAGAIN' }))
  sink.close()
  closeSync(reader)
})

/** Pauses of 5 milliseconds in a tenth of a second. */
const mostPauses = 20

test('all of it reaches a reader that takes something once in a tenth of a second', () => {
  const path = fifo('slow')
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const sink = new FileSink(path)
  const text = Buffer.from(`${'x'.repeat(99)}\n`.repeat(5_000))
  const taken: Buffer[] = []
  const take = () => {
    const some = Buffer.alloc(50_000)
    const length = readSync(reader, some)
    taken.push(some.subarray(0, length))
    return length
  }
  // The reader has its turns in the pauses of the sink: a process of its own may be late, where others use the machine.
  let pauses = 0
  const pause = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    if (++pauses % mostPauses === 0) take()
    return 'timed-out'
  })
  onTestFinished(() => pause.mockRestore())
  sink.write(text)
  expect(pauses).toBeGreaterThanOrEqual(5 * mostPauses)
  sink.close()
  while (take() > 0);
  closeSync(reader)
  expect(Buffer.concat(taken).equals(text)).toBe(true)
})
