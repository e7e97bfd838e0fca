/** Takes over descriptor 3, and says whether that may be: `adopted PORT FLAGS`, or what is wrong with it. */
import { readFileSync } from 'node:fs'
import { Inbox } from '@nfkit/netlink-transport/compliance'
import { openMnl } from '../../src/index.ts'
import { request } from '../request.ts'

try {
  const transport = openMnl({ fd: 3 })
  const flags = /flags:\s*(\w+)/.exec(readFileSync('/proc/self/fdinfo/3', 'utf8'))?.[1]
  console.log(`adopted ${transport.portId} ${flags}`)
  const inbox = new Inbox()
  transport.receive(inbox)
  transport.send(request(2))
  await inbox.until(() => inbox.sequences.includes(2))
  console.log(`read ${inbox.sequences}`)
  transport.close()
} catch (error) {
  console.log(`${error}`)
}
