import { expect, test } from 'vitest'
import { DecodeError } from '../src/index.ts'
import { LoggedPacket, nflogMessage, nfula } from '../src/nflog.ts'
import { encodeMessage } from '../src/nfnetlink.ts'
import { nfqa, nfqueueMessage, QueuedPacket } from '../src/nfqueue.ts'
import { type PacketMessage, type PacketRows, PacketView } from '../src/packet-view.ts'

/** What both families carry, said once. */
const said = {
  mark: 7,
  timestamp: { sec: 5n, usec: 6n },
  ifindexIndev: 2,
  ifindexOutdev: 3,
  ifindexPhysindev: 4,
  ifindexPhysoutdev: 5,
  hwaddr: { hwAddrlen: 6, hwAddr: Uint8Array.of(2, 0, 0x5e, 0x10, 0, 1, 0, 0) },
  uid: 1000,
  gid: 100,
  ct: { mark: 9 },
  ctInfo: 2,
  vlan: { proto: 0x8100, tci: 5 },
  l2hdr: Uint8Array.of(1, 2, 3),
  payload: Uint8Array.of(0x45, 1, 2, 3, 4),
}
const header = { hwProtocol: 0x0800, hook: 1 }

class View extends PacketView<number> {
  readonly message: PacketMessage
  protected readonly rows: PacketRows
  protected readonly joined = undefined
  constructor(message: PacketMessage, rows: PacketRows) {
    super()
    this.message = message
    this.rows = rows
  }
  protected interfaceName(index: number): string {
    return `eth${index}`
  }
  protected parse(payload: Uint8Array): number {
    return payload[0]! >> 4
  }
}

const logged = encodeMessage({ type: nflogMessage.packet.type, flags: 0, family: 7, resourceId: 300 }, nfula, {
  packetHdr: header,
  prefix: 'seen',
  ...said,
})
const queued = encodeMessage({ type: nfqueueMessage.packet.type, flags: 0, family: 7, resourceId: 300 }, nfqa, {
  packetHdr: { packetId: 1, ...header },
  ...said,
})

/** Every getter of a view. */
function tells(view: View): Record<string, unknown> {
  const names = Object.entries(Object.getOwnPropertyDescriptors(PacketView.prototype)).filter(
    ([name, { get }]) => get && name !== 'lent',
  )
  return Object.fromEntries(names.map(([name]) => [name, name === 'flow' ? view.flow?.mark : view[name as keyof View]]))
}

test('a logged packet tells what a queued one does', () => {
  const view = new View(new LoggedPacket(logged, 0, logged.length), nfula.rows)
  expect(tells(view)).toEqual(tells(new View(new QueuedPacket(queued, 0, queued.length), nfqa.rows)))
  expect(tells(view)).toMatchObject({
    ...{ hook: 'input', family: 7, hwProtocol: 0x0800, mark: 7, ip: 4, flow: 9, ctInfo: 2 },
    ...{ timestampNs: 5_000_006_000n, indev: 2, physOutdev: 5, physOutdevName: 'eth5', hwaddr: '02:00:5e:10:00:01' },
    ...{ uid: 1000, gid: 100, vlan: { proto: 0x8100, tci: 5 } },
  })
})

test('and the group and what its rule says', () => {
  const { group, prefix } = new LoggedPacket(logged, 0, logged.length)
  expect({ group, prefix }).toEqual({ group: 300, prefix: 'seen' })
})

test('what is absent is absent, and a message without header is damaged', () => {
  const bare = encodeMessage({ type: nflogMessage.packet.type, flags: 0 }, nfula, { packetHdr: header })
  const view = new View(new LoggedPacket(bare, 0, bare.length), nfula.rows)
  expect([view.mark, view.payload, view.ip, view.uid, view.indevName]).toEqual([
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  const empty = encodeMessage({ type: nflogMessage.packet.type, flags: 0 }, nfula, {})
  expect(() => new LoggedPacket(empty, 0, empty.length)).toThrow(DecodeError)
})
