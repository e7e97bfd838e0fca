import { spawn, spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

test('all of it reaches a reader that is slower than we are', async () => {
  const [path, copy] = [fifo('slow'), join(folder, 'copy')]
  const reader = spawn('sh', ['-c', slowly, path, copy], { stdio: ['ignore', 'ignore', 'inherit'] })
  const opened = await open(path)
  const text = Buffer.from(`${'x'.repeat(99)}\n`.repeat(5_000))
  opened.write(text)
  opened.close()
  await new Promise((resolve) => reader.on('close', resolve))
  expect(readFileSync(copy).equals(text)).toBe(true)
})

/** Reads less than it is given, and takes its time. */
const slowly = 'for i in $(seq 60); do dd bs=50000 count=1 status=none; sleep 0.01; done < "$0" > "$1"'

/** Once its reader is there. */
async function open(path: string): Promise<FileSink> {
  for (;;) {
    try {
      return new FileSink(path)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
