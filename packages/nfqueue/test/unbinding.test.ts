import { setTimeout as sleep } from 'node:timers/promises'
import { u16 } from '@nfkit/netlink-codec'
import { nfqueueMessage, queueCommand } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import { openQueue } from '../src/index.ts'
import { bytes, Stage } from './stage.ts'

const isUnbind = (datagram: Uint8Array) =>
  u16(datagram, 4) === nfqueueMessage.config.type && datagram[24] === queueCommand.unbind

/** Call something right before an unbinding reaches the kernel. */
function beforeUnbinding(stage: Stage, then: () => void): void {
  const { transport } = stage
  const send = transport.send.bind(transport)
  transport.send = (datagram) => {
    if (isUnbind(datagram)) then()
    send(datagram)
  }
}

test('packets that come right before the kernel unbinds are told as dropped, with no verdict counted', async () => {
  await using stage = await Stage.open()
  stage.queue.run((packet) => packet.accept())
  let outcomes: Promise<string[]> | undefined
  beforeUnbinding(stage, () => {
    outcomes = stage.deliver(3)
  })
  await stage.queue.close()
  expect(await outcomes).toEqual(Array(3).fill('drop: unbound'))
  expect(stage.of('unjudged')).toEqual(
    [1, 2, 3].map((packetId) => ({ packetId, reason: 'closing', verdict: 'drop', error: undefined })),
  )
  expect(stage.queue.stats()).toMatchObject({
    received: 3,
    pending: 0,
    verdicts: { accept: 0, drop: 0 },
    unjudged: { closing: 3 },
    verdictErrors: 0,
  })
})

test('so is one of them that cannot be decoded', async () => {
  await using stage = await Stage.open()
  let outcomes: Promise<string[]> | undefined
  beforeUnbinding(stage, () => {
    stage.inject({ kind: 'truncated datagram', at: 1, length: 38 })
    outcomes = stage.deliver(1)
  })
  await stage.queue.close()
  expect(await outcomes).toEqual(['drop: unbound'])
  expect(stage.of('unjudged')).toMatchObject([{ packetId: 1, reason: 'undecodable', verdict: 'drop' }])
  expect(stage.queue.stats()).toMatchObject({ verdicts: { accept: 0, drop: 0 }, verdictErrors: 0 })
})

test('on a shared socket that takes nothing for a while the unbinding is sent when it does', async () => {
  await using stage = await Stage.open()
  await using other = await openQueue(stage.transport, { number: 1 })
  stage.sendsFail(true)
  const closed = stage.queue.close()
  await sleep(200)
  const outcome = stage.deliver(1)
  stage.sendsFail(false)
  await closed
  expect(await outcome, 'judged meanwhile').toEqual(['accept'])
  expect(stage.kernel.procNetlinkQueue()).toMatch(/^ +1 .*\n$/)
  expect(stage.of('trouble').filter(({ message }) => message.includes('unbound'))).toEqual([])
  expect(other.stats().pending).toBe(0)
})

test('an unbinding whose answer is lost is asked for again, which is no trouble', async () => {
  await using stage = await Stage.open()
  await using other = await openQueue(stage.transport, { number: 1 })
  let sent = 0
  beforeUnbinding(stage, () => {
    if (sent++ === 0) stage.inject({ kind: 'lost answer' })
  })
  await stage.queue.close()
  expect(sent).toBe(2)
  expect(stage.of('trouble')).toEqual([])
  expect(stage.kernel.procNetlinkQueue()).toMatch(/^ +1 .*\n$/)
  expect(other.number).toBe(1)
})

test('one that can never be sent says what it means for the packets', async () => {
  await using stage = await Stage.open()
  const other = await openQueue(stage.transport, { number: 1 })
  stage.sendsFail(true)
  await stage.queue.close()
  stage.sendsFail(false)
  expect(stage.of('trouble').at(-1)).toMatchObject({
    message: expect.stringContaining('queue 0 could not be unbound: its packets wait without a reader'),
    cause: expect.objectContaining({ code: 'ENOBUFS' }),
  })
  await other.close()
  expect(stage.kernel.procNetlinkQueue()).toBe('')
})

test('packets late at the same time do not make room for each other: their handlers are not begun', async () => {
  await using stage = await Stage.open({ deadlineMilliseconds: 20 })
  let begun = 0
  stage.queue.run(
    () => {
      begun++
      return new Promise(() => {})
    },
    { concurrency: 1 },
  )
  expect(await Promise.all(Array.from({ length: 5 }, () => stage.kernel.deliver(bytes)))).toHaveLength(5)
  expect(begun).toBe(1)
  expect(stage.queue.stats()).toMatchObject({ unjudged: { deadline: 5 } })
})
