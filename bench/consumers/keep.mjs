// keep QUEUE LENGTH COUNT PAIRS [option=value …]: the packets with LENGTH bytes are judged at once, as all others are, until COUNT have come; the next COUNT of them
// wait, and then it begins again, PAIRS times. Each time memory is measured, `measured` and which time it was is said; and at the end how much
// more was held, each time that packets waited, than before. Needs --expose-gc.
import { setTimeout as sleep } from 'node:timers/promises'
import { getHeapStatistics } from 'node:v8'
import { look, more, queue, words } from './queue.mjs'

const [length, count, pairs] = words.map(Number)
/** What comes after the packets that wait has come by then. */
const settleMilliseconds = 300

/**
 * `held` is what is used: of V8's heap, and of what is resident besides, without what V8 has in store; to some hundred kilobytes. What packets lie in, `buffers`,
 * is known to the byte.
 */
async function memory() {
  await sleep(settleMilliseconds)
  for (let i = 0; i < 3; i++) globalThis.gc()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  const beside = rss - getHeapStatistics().total_physical_size
  return { resident: rss, heap: heapUsed, buffers: arrayBuffers, beside, held: heapUsed + beside }
}

/** Nobody waits, COUNT wait, and so on. */
const phases = []
more.held = () =>
  Array.from({ length: pairs }, (_, i) => {
    const [before, waiting] = phases.slice(2 * i)
    return Object.fromEntries(Object.keys(waiting).map((key) => [key, waiting[key] - before[key]]))
  })

let kept = []
let seen = 0
/** What all handlers wait for: of the handler's own there is as good as nothing. */
let gate = opened()

function opened() {
  let resolve
  const promise = new Promise((done) => (resolve = done))
  return { promise, resolve }
}

async function phaseOver() {
  phases.push(await memory())
  for (const packet of kept) packet.accept()
  gate.resolve()
  ;[kept, seen, gate] = [[], 0, opened()]
  console.log(`measured ${phases.length}`)
}

await queue.run(
  (packet) => {
    look(packet)
    const isCounted = packet.length === length
    const waits = isCounted && phases.length % 2 === 1
    if (waits) kept.push(packet)
    else packet.accept()
    if (isCounted && ++seen === count) phaseOver()
    return waits ? gate.promise : undefined
  },
  { concurrency: 2 * count },
)
