import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { tcpFlag } from '@nfkit/ip-codec'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue } from '@nfkit/nfqueue'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freshHost, rule, sh } from '../../../test/host.ts'
import { Tracker, type TrackerOptions } from '../src/index.ts'

const { ack, psh, fin, urg, syn } = tcpFlag
const length = 40

/** Segments that contradict each other, and tricks no host falls for; the last one fills all that is missing. */
const conversation = fc
  .array(
    fc.record({
      at: fc.oneof(fc.integer({ min: -2, max: length - 1 }), fc.constantFrom(70_000, -70_000)),
      data: fc.uint8Array({ minLength: 0, maxLength: 14 }),
      flags: fc.oneof(
        { weight: 12, arbitrary: fc.constant(ack | psh) },
        { weight: 1, arbitrary: fc.constantFrom(0, psh, fin, ack | fin, ack | urg, ack | syn, syn, ack | urg | psh) },
      ),
      acknowledges: fc.oneof(
        { weight: 12, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.constantFrom(1, -70_000) },
      ),
      urgent: fc.integer({ min: 0, max: 14 }),
      size: fc.oneof(
        { weight: 8, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.constantFrom(8, 16, 24, 32) },
      ),
      wrong: fc.oneof({ weight: 12, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    }),
    { minLength: 1, maxLength: 16 },
  )
  .map((segments) => [
    ...segments.map(({ at, data, flags, acknowledges, urgent, wrong, size }) => {
      // Data stays within the length, so that the last segment covers it.
      const kept = at > 1_000 || at < -2 ? data : data.subarray(0, Math.max(0, length - at))
      return [at, Buffer.from(kept).toString('hex'), flags, acknowledges, urgent, wrong, size]
    }),
    [0, Buffer.alloc(length, 'f').toString('hex'), ack | psh, 0, 0, false, 0],
  ])

/** What a Linux host reads of conversations, and what a tracker in front of it has heard; in order. */
async function both(conversations: unknown[], firstPort: number, options: Partial<TrackerOptions>) {
  freshHost()
  // The client is no socket: its own kernel would break off what it says.
  sh('iptables -w -A OUTPUT -p tcp -s 127.0.0.5 -m mark ! --mark 7 -j DROP')
  // Before fragments are put together.
  sh('iptables -w -t mangle -A PREROUTING -p tcp -s 127.0.0.5 -j NFQUEUE --queue-num 1')
  rule('-A INPUT -p tcp --sport 4444 -j NFQUEUE --queue-num 1')
  const heard = new Map<number, string>()
  const read = new Map<number, string>()
  const add = (map: Map<number, string>, port: number, data: Uint8Array) =>
    map.set(port, (map.get(port) ?? '') + Buffer.from(data).toString('latin1'))
  const tracker = new Tracker({
    ...options,
    judge({ tuple, client }) {
      client.listen((chunk) => add(heard, tuple.source.port!, chunk))
    },
  })
  await using queue = await openQueue(openMnl(), { number: 1 })
  queue.run(tracker.handler)
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    const { remotePort = 0 } = socket
    sockets.push(socket)
    socket.on('data', (chunk) => add(read, remotePort, chunk)).on('error', () => {})
  })
  await once(server.listen(4444, '127.0.0.1'), 'listening')
  try {
    await new Promise<void>((resolve, reject) => {
      const client = execFile(
        'python3',
        [join(import.meta.dirname, 'raw-client.py'), '127.0.0.1', '4444', `${firstPort}`],
        (error) => (error ? reject(error) : resolve()),
      )
      client.stdin!.end(JSON.stringify(conversations))
    })
    // What has come is read when this program has its turn.
    const isRead = () => [...heard].every(([port, text]) => read.get(port) === text)
    for (let tries = 0; tries < 100 && !isRead(); tries++) await sleep(50)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
    tracker.close()
  }
  const { packets } = tracker.counts
  return { heard, read, tiny: packets.tiny }
}

test.each([
  [20_000, { differing: 'mend' }],
  [21_000, { differing: 'drop' }],
  [22_000, { urgent: 'drop' }],
] as const)(
  'a Linux host reads what the tracker has heard, whatever a client tries: from port %s on, %o',
  async (firstPort, options) => {
    const conversations = fc.sample(conversation, { numRuns: 150, seed: firstPort })
    const { heard, read, tiny } = await both(conversations, firstPort, options)
    for (const [index, segments] of conversations.entries()) {
      const port = firstPort + index
      expect(read.get(port) ?? '', JSON.stringify(segments)).toBe(heard.get(port) ?? '')
    }
    expect([...read.values()].filter((text) => text.length === length).length).toBeGreaterThan(20)
    expect(tiny).toBeGreaterThan(0)
  },
)
