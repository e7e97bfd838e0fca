import { MemorySink, record } from '@nfkit/capture'
import { openConntrack } from '@nfkit/conntrack'
import { argument, Connection, type Transport } from '@nfkit/netlink-transport'
import { openLog } from '@nfkit/nflog'
import { openQueue, probe } from '@nfkit/nfqueue'
import { openNftables } from '@nfkit/nftables'
import { openSockets } from '@nfkit/sockets'
import { expect, test } from 'vitest'

test.each([
  [undefined, 'undefined is no transport: open one, with openMnl() or kernel.connect()'],
  [null, 'null is no transport: open one'],
  [{ number: 0 }, 'an object is no transport: open one'],
  [5, '5 is no transport: open one'],
  [() => {}, 'a function is no transport: call it, with openMnl() or kernel.connect()'],
])('%o is no transport, and the error says what would be', (value, message) => {
  const given = value as unknown as Transport
  expect(() => argument.transport(given)).toThrow(TypeError)
  expect(() => argument.transport(given)).toThrow(`transport: ${message}`)
  expect(() => new Connection(given, undefined as never)).toThrow(`transport: ${message}`)
})

test.each([
  ['openQueue', (given) => openQueue(given, { number: 0 })],
  ['probe', probe],
  ['openConntrack', openConntrack],
  ['openNftables', openNftables],
  ['openLog', (given) => openLog(given, { group: 5 })],
  ['openSockets', async (given) => openSockets(given)],
  ['record', async (given) => record(given, new MemorySink())],
] as readonly (readonly [string, (given: Transport) => Promise<unknown>])[])(
  '%s says so of what opens transports and of options in its place',
  async (_, open) => {
    for (const given of [() => {}, { number: 0 }, undefined, 5])
      await expect(open(given as unknown as Transport)).rejects.toThrow(/^transport: .* is no transport/)
  },
)
