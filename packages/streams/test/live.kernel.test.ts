import { randomBytes } from 'node:crypto'
import { openMnl } from '@nfkit/mnl-native'
import { openQueue, type Queue } from '@nfkit/nfqueue'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshHost, hosts, rule, sh, tcpExchange } from '../../../test/host.ts'
import { Tracker, type TrackerOptions } from '../src/index.ts'
import { byName, hello, nameAt } from './named-hello.ts'

/** TRANSFER=1000000000 makes it a gigabyte. */
const size = Number(process.env['TRANSFER'] ?? 2_000_000)

let queue: Queue
let tracker: Tracker
const errors: unknown[] = []

/** A tracker on a queue that sees both directions of a connection to port 4443, once each. */
async function follow(options: TrackerOptions, gso: boolean): Promise<void> {
  rule('-A OUTPUT -p tcp --dport 4443 -j NFQUEUE --queue-num 1')
  rule('-A OUTPUT -p tcp --sport 4443 -j NFQUEUE --queue-num 1')
  sh('ip link set lo mtu 1500')
  onTestFinished(() => void sh('ip link set lo mtu 65536'))
  tracker = new Tracker(options)
  queue = await openQueue(openMnl(), { number: 1, gso, maxLength: 4_096 })
  queue.on('unjudged', ({ error }) => error && errors.push(error)).on('verdictError', (error) => errors.push(error))
  queue.run(tracker.handler)
}

beforeEach(() => {
  freshHost()
  errors.length = 0
})
afterEach(async () => {
  tracker.close()
  await queue.close()
  expect(errors).toEqual([])
})

const unread = () =>
  Object.entries(tracker.counts.packets).filter(([fate, count]) => count > 0 && !passing.includes(fate))
const passing = ['read', 'repeated', 'empty', 'opening', 'challenged', 'reset', 'held']

describe.each(hosts)('%s', (_, host) => {
  test.each([true, false])('what hosts say to each other is heard byte by byte, super-packets: %s', async (gso) => {
    const heard = { client: [] as Buffer[], server: [] as Buffer[] }
    await follow(
      {
        judge({ client, server }) {
          client.listen((chunk) => heard.client.push(Buffer.from(chunk)))
          server.listen((chunk) => heard.server.push(Buffer.from(chunk)))
        },
      },
      gso,
    )
    const [question, answer] = [randomBytes(2_000_000), randomBytes(3_000_000)]
    const { server } = await tcpExchange(host, 4443, question, answer)
    expect(server.equals(question)).toBe(true)
    expect(Buffer.concat(heard.client).equals(question)).toBe(true)
    expect(Buffer.concat(heard.server).equals(answer)).toBe(true)
    expect(unread()).toEqual([])
  })

  test.each([true, false])(
    'bytes become more and fewer while packets are lost and overtake each other, super-packets: %s',
    async (gso) => {
      const behind = '-A INPUT -p tcp --dport 4443 -m statistic --mode random'
      rule(`${behind} --probability 0.01 -j DROP`)
      rule(`${behind} --probability 0.03 -j NFQUEUE --queue-num 2`)
      await using late = await openQueue(openMnl(), { number: 2, gso: true })
      late.run((packet) => {
        packet.hold()
        setTimeout(() => packet.accept(), 3)
      })
      const [mark, long] = [Buffer.from('<mark>'), Buffer.alloc(40, '+')]
      let edits = 0
      await follow(
        {
          reserve: 40,
          judge({ client }) {
            client.rewrite((chunk, position) => {
              const at = Buffer.from(chunk).indexOf(mark)
              if (at < 0) return []
              edits++
              return [{ at: position + at, removed: mark.length, inserted: edits % 2 === 0 ? long : Buffer.from('-') }]
            })
          },
        },
        gso,
      )
      const question = Buffer.alloc(size, 'abcdefghij')
      const marks = Array.from({ length: Math.ceil((size - 20_000) / 99_991) }, (_, i) => 20_000 + 99_991 * i)
      for (const at of marks) mark.copy(question, at)
      const { server } = await tcpExchange(host, 4443, question, Buffer.from('answer'))
      const told = { edits: 0, at: 0 }
      for (const [i, at] of [...marks, size].entries()) {
        const piece = question.subarray(i === 0 ? 0 : marks[i - 1]! + mark.length, at)
        expect(server.subarray(told.at, told.at + piece.length).equals(piece), `piece ${i}`).toBe(true)
        told.at += piece.length
        const next = [mark, long, Buffer.from('-')].find((one) =>
          server.subarray(told.at, told.at + one.length).equals(one),
        )
        if (next !== mark && next !== undefined) told.edits++
        told.at += next?.length ?? 0
      }
      expect(told).toEqual({ edits, at: server.length })
      expect(edits).toBeGreaterThan(10)
    },
  )

  test('a hello with a name that is refused is not heard, and another is', async () => {
    await follow({ judge: (connection) => connection.holdUntil(({ bytes }) => byName(bytes)) }, true)
    const other = Buffer.from(hello)
    other[nameAt[0]]!++
    const { server } = await tcpExchange(host, 4443, other, Buffer.from('answer'))
    expect(server.equals(other)).toBe(true)
    expect(tracker.counts.holds.judged).toBe(1)
  })
})
