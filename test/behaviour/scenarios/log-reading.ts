import assert from 'node:assert/strict'
import { type Judgeable, type LoggedPacketView, openLog, type PacketLog, Shadow } from '@nfkit/nflog'
import { openQueue, type Queue } from '@nfkit/nfqueue'
import { toQueue } from '../queue.ts'
import { scenario } from '../scenario.ts'
import type { Rule, World } from '../world.ts'

const group = 5
/** The rule that logs stands in front of the one that queues. */
const both: readonly Rule[] = [
  { hook: 'input', table: 'mangle', protocol: 'udp', action: { kind: 'log', group, prefix: 'seen' } },
  toQueue(7, { hook: 'input' }),
]

/** A log and a queue of the same packets, closed after the scenario. */
async function observed(world: World, run: (log: PacketLog, queue: Queue) => Promise<void>): Promise<void> {
  const { transport } = world.open()
  const log = await openLog(transport.sibling(), { group, threshold: 1, flushMilliseconds: 10 })
  const queue = await openQueue(transport.sibling(), { number: 7 })
  try {
    await world.rules(...both)
    await run(log, queue)
  } finally {
    await log.close()
    await queue.close()
  }
}

/** Datagrams to one port, numbered. */
const send = (world: World, count: number) =>
  world.udp(
    '10.1.0.1:1000',
    '10.1.0.2:7007',
    Array.from({ length: count }, (_, n) => `${n}`),
    { mark: 4 },
  )

/** Of a datagram over IPv4. */
function withoutChecksum(bytes: Uint8Array): Uint8Array {
  return bytes.fill(0, 26, 28)
}

const told = ({ ip, hook, mark, payload }: Pick<LoggedPacketView, 'ip' | 'hook' | 'mark' | 'payload'>) => ({
  text: `${ip}`,
  hook,
  mark,
  // That of the copy may be left to hardware.
  bytes: withoutChecksum(payload!.slice()),
})

scenario('F-405', 'a copy tells what the queued packet tells', async (world) => {
  await observed(world, async (log, queue) => {
    const queued: unknown[] = []
    queue.run((packet) => {
      queued.push(told(packet))
      packet.accept()
    })
    const copied: unknown[] = []
    await send(world, 3)
    for await (const packet of log) {
      assert.equal(packet.prefix, 'seen')
      if (copied.push(told(packet)) === 3) break
    }
    assert.equal((await world.arrivals(3)).length, 3)
    assert.deepEqual(copied, queued)
  })
})

const bodyOf = ({ ip }: Pick<Judgeable, 'ip'>): string => new TextDecoder().decode(ip?.udp?.payload)

scenario('F-406', 'the differences are the true ones, and what the shadow says does nothing', async (world) => {
  await observed(world, async (log, queue) => {
    const shadow = new Shadow((packet) => (bodyOf(packet).endsWith('3') ? 'drop' : 'accept'), {
      patienceMilliseconds: Number.POSITIVE_INFINITY,
    })
    const different: string[] = []
    shadow.on('difference', ({ packet }) => different.push(bodyOf(packet)))
    queue.observe(shadow.judged)
    shadow.follow(log)
    queue.run((packet) => packet.accept())
    await send(world, 20)
    assert.equal((await world.arrivals(20)).length, 20)
    for (const end = Date.now() + 10_000; shadow.report().compared < 20 && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 5))
    const { compared, kinds } = shadow.report()
    assert.deepEqual([compared, different, kinds], [20, ['3', '13'], { 'accept → drop': 2 }])
  })
})

scenario('F-407', 'a reader that reads nothing delays no packet; the numbers tell what it lost', async (world) => {
  const transport = world.open().transport.sibling()
  const log = await openLog(transport, { group, threshold: 1 })
  try {
    await world.rules(both[0]!)
    let lost = 0
    log.on('lost', ({ packets = 0 }) => {
      lost += packets
    })
    transport.resize({ receive: 4_096 })
    transport.pause()
    await send(world, 100)
    assert.equal((await world.arrivals(100)).length, 100)
    transport.resume()
    let [seen, last] = [0, 0]
    const reading = (async () => {
      for await (const { sequence } of log) {
        seen++
        last = sequence
        if (last >= 100) break
      }
    })()
    // What is read makes room again, and what comes then tells of the gap.
    for (const end = Date.now() + 10_000; last < 100 && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      await send(world, 1)
    }
    await log.close()
    await reading
    assert.ok(last >= 100, `the last is ${last}`)
    assert.ok(lost > 0, `${lost} are lost`)
    assert.equal(seen + lost, last + 1)
  } finally {
    await log.close()
  }
})
