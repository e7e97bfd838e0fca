import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { encodeMessage, messageFlags, messageType, queueConfig } from '@nfkit/netlink-codec'
import { compliance } from '@nfkit/netlink-transport/compliance'
import { openMnl } from '../src/index.ts'

const request = encodeMessage({ type: messageType.queueConfig.type, flags: messageFlags.request }, queueConfig, {
  cmd: { command: 3, pf: 2 },
})

/** Another process sends from a netlink socket of its own. */
async function intrude(portId: number, datagram: Uint8Array): Promise<void> {
  const script =
    'import socket, sys; socket.socket(16, 3, 12).sendto(bytes.fromhex(sys.argv[2]), (int(sys.argv[1]), 0))'
  await promisify(execFile)('python3', ['-c', script, `${portId}`, Buffer.from(datagram).toString('hex')])
}

compliance('mnl-native', () => ({ transport: openMnl(), request, intrude }))
