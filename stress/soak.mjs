import { rewrite } from '@nfkit/ip-codec'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import { queued, settledAccounts } from './accounts.mjs'
import { Sender } from './sender.mjs'

const mebibyte = 1 << 20
/** Resident size may grow by so much after the warm-up, which is the first fifth, or long enough for every slab to have been used. */
const growthLimit = 0.05

/** Mixed traffic, IPv4 and IPv6, random verdicts, rewrites and every fault a handler can have, for `minutes`. */
export async function soak(minutes) {
  if (minutes === 0) return []
  const failures = []
  const queue = await openQueue(openMnl(), {
    number: 7,
    conntrack: 'off',
    onUnjudged: 'accept',
    deadlineMilliseconds: 200,
  })
  queue.on('trouble', (error) => failures.push(`trouble: ${error.message}`))
  queue.on('verdictError', (error) => failures.push(error.message))
  let random = 12_345
  const next = (n) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    return (random >>> 8) % n
  }
  queue.run(handlerOf(next))

  const sender = new Sender()
  const sizes = [0, 1, 64, 512, 1400, 9000]
  const hosts = ['127.0.0.1', '::1']
  const end = performance.now() + minutes * 60_000
  const warm = performance.now() + Math.max(minutes * 12_000, 10_000)
  const before = queued()
  let reference = 0
  let most = 0
  while (performance.now() < end && failures.length < 5) {
    await sender.send(1 + next(400), { sizes, hosts })
    if (performance.now() > warm) {
      globalThis.gc?.()
      const size = process.memoryUsage.rss()
      if (reference === 0) reference = size
      most = Math.max(most, size)
    }
  }
  const account = await settledAccounts(queue, before)
  if (account.missing !== 0 || account.pending > 0 || account.answersLost < 0)
    failures.push(`soak: packets without a verdict: ${JSON.stringify(account)}`)
  const { unjudged, verdicts } = queue.stats()
  sender.end()
  await queue.close()
  console.log(
    `soak: ${account.sent} packets in ${minutes} minutes; verdicts ${JSON.stringify(verdicts)}; left to the queue ${JSON.stringify(unjudged)}`,
  )
  if (reference === 0) {
    console.log('soak: too short to judge memory')
    return failures
  }
  const growth = (most - reference) / reference
  console.log(
    `soak: resident ${(reference / mebibyte).toFixed(1)} MiB after warm-up, at most ${(most / mebibyte).toFixed(1)} MiB, ${(growth * 100).toFixed(1)} % more`,
  )
  if (growth > growthLimit) failures.push(`resident size grew by ${(growth * 100).toFixed(1)} %`)
  return failures
}

/** Does everything a handler can do, good and bad. */
function handlerOf(next) {
  const held = []
  const acts = [
    (packet) => packet.accept(),
    (packet) => packet.drop(),
    (packet) => packet.accept({ mark: next(1 << 30) }),
    (packet) => packet.stop(),
    (packet) => packet.accept({ payload: rewrite(packet.ip, { payload: new Uint8Array(next(2000)), ttl: 3 }) }),
    async (packet) => {
      await null
      packet.accept()
    },
    async (packet) => {
      await new Promise((resolve) => setTimeout(resolve, next(20)))
      packet.drop()
    },
    (packet) => packet.judge('accept', { mark: 1 }),
    (packet) => {
      held.push(packet.hold())
      if (held.length > 50) for (const late of held.splice(0)) if (!late.judged) late.accept()
    },
    () => {},
    () => {
      throw new Error('a fault')
    },
    () => Promise.reject(new Error('a fault')),
    () => (next(50) === 0 ? new Promise(() => {}) : undefined),
    (packet) => {
      packet.accept()
      packet.drop()
    },
  ]
  return (packet) => acts[next(acts.length)](packet)
}
