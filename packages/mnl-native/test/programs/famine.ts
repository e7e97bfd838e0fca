/**
 * Keeps every batch, until the process may have no more memory. Prints what it is told, then lets go, lifts the limit, and goes on. Run with
 * MALLOC_ARENA_MAX=1: each thread that begins to allocate would take 64 MiB of what the limit leaves to everything but the slab.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Batch } from '@nfkit/netlink-transport'
import { openMnl } from '../../src/index.ts'
import { refused } from '../request.ts'
import { asTold } from '../wake-up.ts'

/** Only the soft limit, which may be lifted again. */
const limit = (bytes: number | string) => execFileSync('prlimit', ['--pid', `${process.pid}`, `--as=${bytes}:`])

const virtual = () => 1024 * Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1])

const leases: Batch[] = []
const errors: string[] = []
let told: () => void
const starving = new Promise<void>((resolve) => {
  told = resolve
})
let asked = 0
let answers = 0
let keeps = true

/** Bytes of a datagram that does not go into the small memory for short ones. */
const longer = 3_000

/** One at a time, each once the one before is answered: a receive buffer of those that were not read yet would be another lack. */
function ask(): void {
  transport.send(refused(asked, longer))
  asked++
}

// So large a slab that there is memory for everything but another.
const [slots, slotSize] = [200, 1 << 20]
const transport = openMnl({ slots, slotSize, ...asTold })
transport.receive({
  batch(batch) {
    answers += batch.length
    if (!keeps) return batch.release()
    leases.push(batch)
    ask()
  },
  error(error) {
    errors.push(`${error.syscall} ${error.code} ${error.effect}`)
    told()
  },
})
limit(virtual() + 0.8 * slots * slotSize)
ask()
await starving
const before = answers
limit('unlimited')
keeps = false
ask()
for (let i = 0; i < 500 && answers < asked; i++) await new Promise((resolve) => setTimeout(resolve, 10))
for (const lease of leases) lease.release()
console.log(JSON.stringify({ errors, starvedAt: before, slots, missing: asked - answers }))
transport.close()
