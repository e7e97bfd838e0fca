/** A service that systemd keeps a socket for: the first time it stores one, and leaves an answer unread; then it reads that. */
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { openMnl } from '../../src/index.ts'
import { notify, storeDescriptor, storedDescriptors } from '../../src/systemd.ts'
import { request } from '../request.ts'

const stored = storedDescriptors()
const transport = openMnl({ fd: stored.find(({ name }) => name === 'gate')?.fd })
if (stored.length === 0) {
  console.log(`stored ${storeDescriptor('gate', transport.fd)} ${transport.portId}`)
  transport.send(request(1))
  notify('READY=1')
  process.kill(process.pid, 'SIGKILL')
}
console.log(`again ${stored.map(({ name, fd }) => `${name} ${fd}`)} ${transport.portId}`)
const inbox = new Inbox()
transport.receive(inbox)
await inbox.until(() => inbox.messages.length > 0)
console.log(`read ${inbox.sequences}`)
transport.close()
