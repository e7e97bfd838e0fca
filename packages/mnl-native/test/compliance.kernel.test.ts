import { messageFlags } from '@nfkit/netlink-codec'
import { encodeMessage } from '@nfkit/netlink-codec/nfnetlink'
import { nfqueueMessage, queueConfig } from '@nfkit/netlink-codec/nfqueue'
import { compliance } from '@nfkit/netlink-transport/compliance'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openMnl } from '../src/index.ts'
import { sendAs } from './stranger.ts'
import { wakeUps } from './wake-up.ts'

const request = encodeMessage({ type: nfqueueMessage.config.type, flags: messageFlags.request }, queueConfig, {
  cmd: { command: 3, pf: 2 },
})

/** Another process tries to send from a netlink socket of its own: the kernel does not let it. */
async function intrude(portId: number, datagram: Uint8Array): Promise<void> {
  await expect(sendAs(portId, 0, datagram)).rejects.toThrow('ConnectionRefusedError')
}

for (const wakeUp of wakeUps)
  compliance(
    `mnl-native, woken up by ${wakeUp}`,
    () => {
      const transport = openMnl({ wakeUp })
      return { transport, request, intrude, heir: () => transport.heir() }
    },
    { describe, test, beforeEach, afterEach },
  )
