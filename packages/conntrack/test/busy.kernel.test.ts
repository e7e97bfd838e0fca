import { openMnl } from '@nfkit/mnl-native'
import { conntrackMessage } from '@nfkit/netlink-codec/conntrack'
import { Connection } from '@nfkit/netlink-transport'
import { expect, test } from 'vitest'
import { requestOf } from '../src/message.ts'
import { conntrackProtocol } from '../src/protocol.ts'

test('an answer that came while the event loop was busy is not taken for lost', async () => {
  const transport = openMnl()
  const connection = new Connection(transport, conntrackProtocol)
  transport.receive(connection)
  const ask = () => connection.request(requestOf(conntrackMessage.getStats, 0, 0), { timeoutMilliseconds: 20 })
  const answers = Promise.all([ask(), ask(), ask()])
  for (const start = performance.now(); performance.now() - start < 60; );
  expect(await answers).toHaveLength(3)
  connection.close()
})

test('nor is the next part of a dump', async () => {
  const connection = new Connection(openMnl(), conntrackProtocol)
  const dump = connection.dump(requestOf(conntrackMessage.getStatsCpu, 0, 0), { timeoutMilliseconds: 20 })
  const first = dump[Symbol.asyncIterator]().next()
  for (const start = performance.now(); performance.now() - start < 60; );
  expect((await first).value).not.toHaveLength(0)
  connection.close()
})
