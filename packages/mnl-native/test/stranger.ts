import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const script = `import socket, sys
to, groups, datagram = sys.argv[1:]
socket.socket(16, 3, 12).sendto(bytes.fromhex(datagram), (int(to), int(groups)))`

/** Another process sends from a netlink socket of its own, to a port or to groups (a mask). Rejects as it fails. */
export async function sendAs(portId: number, groups: number, datagram: Uint8Array): Promise<void> {
  await promisify(execFile)('python3', ['-c', script, `${portId}`, `${groups}`, Buffer.from(datagram).toString('hex')])
}
