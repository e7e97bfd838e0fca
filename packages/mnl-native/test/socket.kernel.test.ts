import { encodeMessage, messageFlags, messageType, queueConfig } from '@nfkit/netlink-codec'
import { Connection } from '@nfkit/netlink-transport'
import { expect, test } from 'vitest'
import { openMnl } from '../src/index.ts'

const bindFamily = () =>
  encodeMessage({ type: messageType.queueConfig.type, flags: messageFlags.request }, queueConfig, {
    cmd: { command: 3, pf: 2 },
  })

test('a request is answered', async () => {
  const transport = openMnl()
  const connection = new Connection(transport)
  transport.receive(connection)
  expect(await connection.request(bindFamily())).toEqual([])
  connection.close()
})
