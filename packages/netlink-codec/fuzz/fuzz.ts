/**
 * Feed the codec damaged messages: `npm run fuzz -- [inputs] [seed]`, ten million inputs unless told otherwise.
 *
 * Each input is a recorded or generated message, flipped, cut, stretched, spliced, or with its lengths changed; every reader may
 * decode it or throw `DecodeError`, and nothing else. A watchdog in a thread of its own ends a run that hangs. What fails is
 * printed as hexadecimal, with seed and number: `npm run fuzz -- 1 SEED NUMBER` repeats it. It then becomes a named example in the
 * tests.
 */
import { formatHex } from '@nfkit/inet'
import * as fc from 'fast-check'
import { messages } from '../src/index.ts'
import { encodeMessage } from '../src/nfnetlink/header.ts'
import { anyOf } from '../src/schema/arbitrary.ts'
import { messageTypes } from '../test/everything.ts'
import { readRecordings } from '../test/pcap.ts'
import { check } from './check.ts'
import { mutate } from './mutate.ts'
import { randomOf } from './random.ts'
import { Watchdog } from './watchdog.ts'

const inputs = Number(process.argv[2] ?? 10_000_000)
const seed = Number(process.argv[3] ?? Date.now() % 0x7fff_ffff)
const first = Number(process.argv[4] ?? 0)

function corpus(): Uint8Array[] {
  const recorded = [...readRecordings(new URL('../../test/vectors/', import.meta.url)).values()].flat()
  const whole = recorded.flatMap((datagram) =>
    [...messages(datagram)].map(({ bytes, start, end }) => bytes.slice(start, end)),
  )
  const short = whole.filter((bytes) => bytes.length <= 600)
  const generated = messageTypes.flatMap(({ type, table }) =>
    fc
      .sample(anyOf(table), { numRuns: 40, seed: 1 })
      .map((value) => encodeMessage({ type, flags: 1, family: 2 }, table, value)),
  )
  return [...short, ...generated.filter((bytes) => bytes.length <= 1500)]
}

// Most inputs end in an error, whose stack costs more than all the rest.
Error.stackTraceLimit = 0

function stackOf(run: () => unknown): string | undefined {
  Error.stackTraceLimit = 20
  try {
    run()
    return undefined
  } catch (error) {
    return (error as Error).stack
  }
}

const originals = corpus()
const watchdog = new Watchdog()
const counts = { decoded: 0, refused: 0 }
const start = process.cpuUsage()
const startTime = Date.now()
console.log(`seed ${seed}: ${inputs} inputs from ${originals.length} messages`)

for (let i = first; i < first + inputs; i++) {
  watchdog.begin(i)
  const random = randomOf(seed, i)
  const input = mutate(random, random.of(originals), random.of(originals))
  try {
    counts[check(input, i % 16 === 0)]++
  } catch {
    console.error(`input ${i} of seed ${seed}: ${formatHex(input)}\n${stackOf(() => check(input, true))}`)
    process.exitCode = 1
    break
  }
}

await watchdog.end()
const { user, system } = process.cpuUsage(start)
console.log(
  `${counts.decoded} decoded, ${counts.refused} refused by DecodeError; ${Math.round((Date.now() - startTime) / 1000)} s, ${Math.round((user + system) / 1e6)} s of processor time`,
)
