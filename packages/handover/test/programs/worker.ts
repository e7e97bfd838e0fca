/**
 * A worker of the tests: it accepts what comes on queue 0, but does as some datagrams say. The numbers of those that have one are written down in the
 * folder that is its first argument. The second says what is wrong with it.
 */
import { writeFileSync } from 'node:fs'
import { openMnl } from '@nfkit/mnl-native'
import { type Handover, openQueue, type Packet } from '@nfkit/nfqueue'
import { succeed } from '../../src/index.ts'

const [folder = '', flaw] = process.argv.slice(2)
if (flaw === 'throws') throw new Error('as asked')
if (flaw === 'never loads') await new Promise((resolve) => setTimeout(resolve, 60_000))

/** Packets of some seconds. */
const limits = { maxLength: 131_072, receiveBuffer: 0x1000_0000 }
/** `#`, and a number at byte 4. */
const numbered = 35
let decided = new Uint32Array(1 << 16)
let count = 0

const orders: { readonly [text: string]: (packet: Packet) => void } = {
  die: () => process.kill(process.pid, 'SIGKILL'),
  hang: () => {
    for (;;);
  },
  hold: (packet) => void packet.hold(),
}

/** More than a channel takes at once. */
interface Known extends Handover {
  readonly known?: string
}

await succeed<Known>(async ({ fd, state, orphans }) => {
  if (flaw === 'takes nothing') process.exit(7)
  const transport = openMnl({ fd: fd('gate') })
  const { known, ...before } = state ?? {}
  const queue = await openQueue(transport, {
    number: 0,
    conntrack: 'off',
    ...limits,
    handover: state && (before as Handover),
    orphans,
  })
  queue.run((packet) => {
    const payload = packet.ip?.udp?.payload
    if (payload?.[0] === numbered) {
      if (count === decided.length) {
        const more = new Uint32Array(2 * count)
        more.set(decided)
        decided = more
      }
      decided[count++] = Buffer.from(payload.buffer, payload.byteOffset, payload.length).readUInt32LE(4)
      packet.accept()
      return
    }
    const order = payload && orders[Buffer.from(payload).toString('latin1')]
    if (order) order(packet)
    else packet.accept()
  })
  return async (options) => {
    if (flaw === 'leaves late') await new Promise((resolve) => setTimeout(resolve, 3_000))
    const handover = await queue.handOver(options)
    setImmediate(() => writeFileSync(`${folder}/${process.pid}`, decided.subarray(0, count)))
    return flaw === 'knows much' ? { ...handover, known: 'x'.repeat(0x100_0000) } : handover
  }
})
