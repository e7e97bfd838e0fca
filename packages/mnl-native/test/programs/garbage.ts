/** Opens sockets and forgets them. Run with --expose-gc; prints how many descriptors are open before, between and after. */
import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { openMnl } from '../../src/index.ts'
import { asTold } from '../wake-up.ts'

declare function gc(): void

const descriptors = () => readdirSync('/proc/self/fd').length

openMnl(asTold).close()
const before = descriptors()
for (let i = 0; i < 100; i++) openMnl(asTold)
const between = descriptors()
for (let i = 0; i < 5; i++) {
  await setImmediate()
  gc()
}
console.log(JSON.stringify({ before, between, after: descriptors() }))
