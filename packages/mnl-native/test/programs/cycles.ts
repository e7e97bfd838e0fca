/** Opens, uses and closes 10,000 sockets; prints descriptors and resident bytes after a warm-up and at the end. */
import { readdirSync } from 'node:fs'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { openMnl } from '../../src/index.ts'
import { request } from '../request.ts'
import { asTold } from '../wake-up.ts'

declare function gc(): void

async function cycle(n: number): Promise<void> {
  const transport = openMnl({ slots: 8, ...asTold })
  if (n % 2) transport.receive({ batch: (batch) => batch.release(), error: (error) => console.log(error.message) })
  if (n % 3 === 0) transport.send(request())
  if (n % 5 === 0) await setImmediate()
  transport.close()
}

async function measure(): Promise<{ descriptors: number; resident: number }> {
  for (let i = 0; i < 5; i++) {
    gc()
    await setTimeout(10)
  }
  return { descriptors: readdirSync('/proc/self/fd').length, resident: process.memoryUsage.rss() }
}

for (let n = 0; n < 8_000; n++) await cycle(n)
const before = await measure()
for (let n = 0; n < 10_000; n++) await cycle(n)
console.log(JSON.stringify({ before, after: await measure() }))
