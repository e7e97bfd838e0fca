import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { openMnl } from '@nfkit/mnl-native'
import { faulty } from '@nfkit/simulator'
import { expect, test } from 'vitest'
import { openQueue, parseQueueStatus, queueStatusPath } from '../src/index.ts'

const bound = () => parseQueueStatus(readFileSync(queueStatusPath, 'utf8')).map(({ queue }) => queue)

test('on a shared socket that takes nothing for a while the unbinding is sent when it does', async () => {
  const transport = faulty(openMnl())
  const queue = await openQueue(transport, { number: 11, conntrack: 'off' })
  await using other = await openQueue(transport, { number: 12, conntrack: 'off' })
  transport.inject({ kind: 'send error', code: 'ENOBUFS', times: Number.POSITIVE_INFINITY })
  const closed = queue.close()
  await sleep(200)
  expect(bound().sort()).toEqual([11, 12])
  transport.inject({ kind: 'send error', code: 'ENOBUFS', times: 0 })
  await closed
  expect(bound()).toEqual([other.number])
})

test('an unbinding whose answer is lost is asked for again: the queue is gone, and that is no trouble', async () => {
  const transport = faulty(openMnl())
  const queue = await openQueue(transport, { number: 11, conntrack: 'off' })
  await using other = await openQueue(transport, { number: 12, conntrack: 'off' })
  const troubles: Error[] = []
  queue.on('trouble', (error) => troubles.push(error))
  // The first answer is that of what is asked before.
  transport.inject({ kind: 'lost answer', at: 2 })
  await queue.close()
  expect(troubles).toEqual([])
  expect(bound()).toEqual([other.number])
})
