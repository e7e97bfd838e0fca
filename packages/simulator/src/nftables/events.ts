import type { Message } from '@nfkit/netlink-codec'
import { messageFlags } from '@nfkit/netlink-codec'
import { group } from '@nfkit/netlink-codec/nfnetlink'
import type { Endpoint } from '../socket/endpoint.ts'
import type { Sockets } from '../socket/sockets.ts'
import type { Draft } from './change/draft.ts'
import { Messages, type When } from './read/telling.ts'

/** Room for events in one datagram (NLMSG_GOODSIZE), on machines with pages of 4096 bytes. */
const datagramSize = 3776

const { create, exclusive, append, echo } = messageFlags

interface Event {
  readonly bytes: Uint8Array
  /** It goes to who asked, too: the message that made it has the flag ECHO. */
  readonly isEchoed: boolean
}

/** Tell everybody of a commit: of each change, then of the new generation (nf_tables_commit). `first` is the first message of its batch. */
export function announce(sockets: Sockets, draft: Draft, socket: Endpoint, first: Message, when: When): void {
  const { portId, processId } = socket
  const changes = draft.events.map(({ request, sequence, tell }): Event => {
    const { flags } = request.message
    const messages = new Messages({ ...when, portId, sequence, flags: flags & (create | exclusive | append) })
    return { bytes: tell(messages), isEchoed: request.has('echo') }
  })
  for (const event of inDatagrams(changes)) send(sockets, portId, event)
  const { sequence, flags } = first
  const bytes = new Messages({ ...when, portId, sequence, flags: 0 }).generation(processId)
  send(sockets, portId, { bytes, isEchoed: (flags & echo) !== 0 })
}

/** Who asked is not told twice. */
function send(sockets: Sockets, portId: number, { bytes, isEchoed }: Event): void {
  sockets.multicast(group.nftables, bytes, isEchoed ? portId : 0)
  if (isEchoed) sockets.unicast(portId, bytes)
}

/** As many in a row as fit, and go to the same sockets (nft_commit_notify). */
function* inDatagrams(events: readonly Event[]): Iterable<Event> {
  let held: Event | undefined
  for (const event of events) {
    if (held && held.isEchoed === event.isEchoed && held.bytes.length + event.bytes.length < datagramSize) {
      held = { bytes: joined(held.bytes, event.bytes), isEchoed: held.isEchoed }
      continue
    }
    if (held) yield held
    held = event
  }
  if (held) yield held
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}
