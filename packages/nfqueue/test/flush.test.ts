import { expect, test, vi } from 'vitest'
import type { Packet } from '../src/index.ts'
import { Stage } from './stage.ts'

test('verdicts leave when they are told to, once', async () => {
  await using stage = await Stage.open()
  const held: Packet[] = []
  stage.queue.run((packet) => void held.push(packet.hold()))
  const outcomes = stage.deliver(2)
  await vi.waitUntil(() => held.length === 2)
  const send = vi.spyOn(stage.transport, 'send')
  for (const packet of held) packet.accept()
  expect(send).not.toHaveBeenCalled()
  stage.queue.flush()
  expect(send).toHaveBeenCalledTimes(1)
  stage.queue.flush()
  expect(await outcomes).toEqual(['accept', 'accept'])
  expect(send).toHaveBeenCalledTimes(1)
})

test('those of a burst leave together, whoever tells them to', async () => {
  await using stage = await Stage.open()
  const send = vi.spyOn(stage.transport, 'send')
  stage.queue.run((packet) => {
    packet.accept()
    stage.queue.flush()
  })
  expect(await stage.deliver(3)).toEqual(['accept', 'accept', 'accept'])
  expect(send).toHaveBeenCalledTimes(1)
})

test('what the socket refuses then is told, and sent later', async () => {
  await using stage = await Stage.open()
  let held: Packet | undefined
  stage.queue.run((packet) => {
    held = packet.hold()
  })
  const outcomes = stage.deliver(1)
  await vi.waitUntil(() => held !== undefined)
  stage.inject({ kind: 'send error', code: 'ENOBUFS' })
  held!.accept()
  stage.queue.flush()
  expect(stage.of('trouble')).toMatchObject([{ code: 'ENOBUFS' }])
  expect(await outcomes).toEqual(['accept'])
})

test('nothing happens once the queue is closed', async () => {
  await using stage = await Stage.open()
  await stage.queue.close()
  stage.queue.flush()
  expect(stage.told).toEqual([])
})
