/**
 * Feed the readers damaged streams: `npm run fuzz -w @nfkit/streams -- [inputs] [seed]`, ten million inputs unless told otherwise.
 *
 * Each input is a hello, an Initial, the contents of one, a conversation of HTTP or a DNS message, damaged; its reader may read it or throw a
 * `ReadError`, and says the same however it is cut. Or it is the packets of connections, which a tracker judges once each. A watchdog ends a
 * run that hangs. What fails is printed as hexadecimal, with seed and number: `npm run fuzz -w @nfkit/streams -- 1 SEED NUMBER` repeats it. It then becomes a named example in the tests.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { formatHex } from '@nfkit/inet'
import { randomOf } from '../../netlink-codec/fuzz/random.ts'
import { Watchdog } from '../../netlink-codec/fuzz/watchdog.ts'
import { check } from './check.ts'
import { corpus, type Kind } from './corpus.ts'
import { mutate } from './mutate.ts'

const inputs = Number(process.argv[2] ?? 10_000_000)
const seed = Number(process.argv[3] ?? Date.now() % 0x7fff_ffff)
const first = Number(process.argv[4] ?? 0)

// Most inputs end in an error, whose stack costs more than all the rest.
Error.stackTraceLimit = 0

/** Inputs between two turns of the event loop, in which promises settle. */
const atOnce = 500

const kinds = Object.keys(corpus) as Kind[]
const counts = { read: 0, refused: 0 }
const watchdog = new Watchdog()
const started = Date.now()
console.log(`seed ${seed}: ${inputs} inputs of ${kinds.join(', ')}`)

for (let i = first; i < first + inputs; i++) {
  watchdog.begin(i)
  const random = randomOf(seed, i)
  const kind = random.of(kinds)
  const input = mutate(random, random.of<Uint8Array>(corpus[kind]), random.of<Uint8Array>(corpus[kind]))
  const cuts = [random.below(input.length + 1), random.below(input.length + 1)]
  try {
    counts[check(kind, input, cuts) ? 'read' : 'refused']++
  } catch (error) {
    console.error(`input ${i} of seed ${seed}: ${kind} ${formatHex(input)} cut at ${cuts}\n${error}`)
    process.exitCode = 1
    break
  }
  if (i % atOnce === 0) await turn()
}

await watchdog.end()
console.log(
  `${counts.read} read, ${counts.refused} refused by ReadError; ${Math.round((Date.now() - started) / 1000)} s`,
)
