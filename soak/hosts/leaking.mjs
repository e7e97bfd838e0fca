// A program that leaks on purpose, five kilobytes a minute, and tells what it holds: where the soak does not find that, it would find no other leak either.
import { setTimeout as sleep } from 'node:timers/promises'
import { held } from '../memory.mjs'

const kept = []
process.on('disconnect', () => process.exit())
for (;;) {
  kept.push(Array.from({ length: 20 }, () => kept.length + 0.5))
  process.send(await held())
  await sleep(2_000)
}
