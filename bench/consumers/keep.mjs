// keep QUEUE LENGTH COUNT [option=value …]: of the packets with LENGTH bytes the first COUNT are judged at once like all others, and the next
// COUNT wait. Says `warm` when memory was measured between, `measured` when it was once all of them wait, and both at the end. Needs --expose-gc.
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { look, more, queue, words } from './queue.mjs'

const [length, count] = words.map(Number)
/** What comes after the packets that wait has come by then. */
const settleMilliseconds = 300
const kept = []
/** What all handlers wait for: of the handler's own there is as good as nothing. */
let open
const gate = new Promise((resolve) => (open = resolve))
let seen = 0

/** `held` is what is used: of V8's heap, and of what is resident besides, without what V8 has in store. */
async function memory() {
  await sleep(settleMilliseconds)
  for (let i = 0; i < 3; i++) globalThis.gc()
  const { rss, heapUsed } = process.memoryUsage()
  const beside = rss - getHeapStatistics().total_physical_size
  return { resident: rss, heap: heapUsed, beside, held: heapUsed + beside }
}
const told = {}
async function tell(key, line) {
  told[key] = await memory()
  console.log(line)
}
more.before = () => told.before
more.waiting = () => told.waiting

async function judgeAll() {
  await tell('waiting', 'measured')
  for (const packet of kept) packet.accept()
  open()
}

await queue.run(
  (packet) => {
    look(packet)
    if (packet.length === length && ++seen > count) {
      kept.push(packet)
      if (seen === 2 * count) judgeAll()
      return gate
    }
    if (seen === count && packet.length === length) tell('before', 'warm')
    packet.accept()
  },
  { concurrency: 2 * count },
)
