import { openMnl } from '@nfkit/mnl-native'
import { messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage, netfilter } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { Connection } from '@nfkit/netlink-transport'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type FaultyTransport, faulty } from '../src/index.ts'

const request = () =>
  encodeMessage({ type: nfqueueMessage.config.type, flags: messageFlags.request }, queueConfig, {
    cmd: { command: 3, pf: 2 },
  })

let transport: FaultyTransport
let connection: Connection

beforeEach(() => {
  transport = faulty(openMnl())
  connection = new Connection(transport, netfilter(nfqueueMessage))
  transport.receive(connection)
})
afterEach(() => connection.close())

test('a real socket answers while nothing goes wrong', async () => {
  await connection.request(request())
})

test('its sends fail as often as asked, then work', async () => {
  transport.inject({ kind: 'send error', code: 'ENOBUFS', times: 2 })
  const refused = expect.objectContaining({ code: 'ENOBUFS' })
  await expect(connection.request(request())).rejects.toEqual(refused)
  await expect(connection.request(request())).rejects.toEqual(refused)
  await connection.request(request())
})

test('an answer gets lost, the next one comes', async () => {
  transport.inject({ kind: 'lost answer' })
  await expect(connection.request(request(), { timeoutMilliseconds: 200 })).rejects.toThrow()
  await connection.request(request())
})

test('an answer comes late, and in time for who waits', async () => {
  transport.inject({ kind: 'delayed answer', turns: 5 })
  await connection.request(request())
})

test('siblings are told of faults themselves', async () => {
  transport.inject({ kind: 'send error', code: 'ENOBUFS' })
  const sibling = transport.sibling()
  expect(() => sibling.send(request())).not.toThrow()
  expect(() => transport.send(request())).toThrow(expect.objectContaining({ code: 'ENOBUFS' }))
  sibling.close()
})
