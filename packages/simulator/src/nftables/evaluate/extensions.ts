import { putHost } from './bytes.ts'
import { u16, u32 } from '@nfkit/netlink-codec'
import { errno } from '@nfkit/netlink-codec'
import { hasPorts } from '@nfkit/inet'
import { be16 } from '@nfkit/inet/bytes'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { queueVerdict } from '../../hooks/verdict.ts'
import type { Packet } from '../../packet.ts'
import { Refusal } from '../refusal.ts'
import { type CompileContext, needed } from './context.ts'
import type { Step } from './step.ts'

type Make = (info: Uint8Array, context: CompileContext) => Step

/** Targets of iptables, by name and revision. */
const targets: { readonly [name: string]: Make } = {
  /** struct xt_NFQ_info_v3. */
  'NFQUEUE 3': (info, { host }) => {
    const [first, total, flags] = [u16(info, 0), u16(info, 2), u16(info, 4)]
    if (total === 0 || flags > 3) throw new Refusal(errno.EINVAL)
    return {
      run: ({ journey }) => ({
        kind: 'final',
        verdict: queueVerdict(
          first + (total === 1 ? 0 : host.queueShare(journey.packet, total, (flags & 2) !== 0)),
          (flags & 1) !== 0,
        ),
      }),
    }
  },
  /** struct xt_mark_tginfo2: mark, mask. */
  'MARK 2': (info) => {
    const [mark, mask] = [u32(info, 0), u32(info, 4)]
    return {
      run: ({ journey: { packet } }) => {
        packet.mark = ((packet.mark & ~mask) ^ mark) >>> 0
        return undefined
      },
    }
  },
  'CONNMARK 1': (info, context) => connmark(info, context),
  'CONNMARK 2': (info, context) => connmark(info, context),
}

const connmarkMode = { set: 0, save: 1, restore: 2 } as const

/** struct xt_connmark_tginfo1: ctmark, ctmask, nfmask, mode. */
function connmark(info: Uint8Array, { host }: CompileContext): Step {
  const [ctmark, ctmask, nfmask, mode] = [u32(info, 0), u32(info, 4), u32(info, 8), info[12]]
  return {
    run: ({ journey: { packet } }) => {
      const { connection } = packet
      if (!connection) return undefined
      if (mode === connmarkMode.restore) packet.mark = ((packet.mark & ~nfmask) ^ (connection.mark & ctmask)) >>> 0
      else if (mode === connmarkMode.save)
        host.setConnmark(packet, ((connection.mark & ~ctmask) ^ (packet.mark & nfmask)) >>> 0)
      else host.setConnmark(packet, ((connection.mark & ~ctmask) ^ ctmark) >>> 0)
      return undefined
    },
  }
}

/** Matches of iptables, by name and revision. */
const matches: { readonly [name: string]: Make } = {
  'comment 0': () => ({ run: () => undefined }),
  /** struct xt_multiport_v1: flags, count, 15 ports, 15 flags of ranges, invert. */
  'multiport 1': (info) => {
    const [flags, count] = [info[0]!, info[1]!]
    const inverts = info[47] !== 0
    return {
      run: ({ journey: { packet } }) => (holdsPorts(packet, flags, count, info) === inverts ? 'break' : undefined),
    }
  },
  /** struct xt_mark_mtinfo1: mark, mask, invert. */
  'mark 1': (info) => {
    const [mark, mask, invert] = [u32(info, 0), u32(info, 4), info[8] !== 0]
    return { run: ({ journey: { packet } }) => ((packet.mark & mask) >>> 0 === mark) === invert ? 'break' : undefined }
  },
}

const portFlag = { source: 0, destination: 1, either: 2 } as const

function holdsPorts({ layout, bytes }: Packet, flags: number, count: number, info: Uint8Array): boolean {
  if (!layout || layout.laterFragment || !hasPorts(layout.protocol)) return false
  const [source, destination] = [be16(bytes, layout.transport), be16(bytes, layout.transport + 2)]
  const ports = flags === portFlag.source ? [source] : flags === portFlag.destination ? [destination] : [source, destination]
  for (let i = 0; i < count; i++) {
    const first = u16(info, 2 + 2 * i)
    const isRange = info[32 + i] !== 0
    const last = isRange ? u16(info, 2 + 2 * ++i) : first
    if (ports.some((port) => port >= first && port <= last)) return true
  }
  return false
}

const extension =
  (known: { readonly [name: string]: Make }) =>
  ({ name, rev, info }: ExpressionData<'target'>, context: CompileContext): Step => {
    const make = known[`${needed(name)} ${needed(rev)}`]
    if (!make) throw new Refusal(errno.ENOENT)
    return make(padded(needed(info)), context)
  }

/** The kernel reads a struct of its own length, and pads what is given. */
function padded(info: Uint8Array): Uint8Array {
  const whole = new Uint8Array(64)
  whole.set(info.subarray(0, 64))
  return whole
}

export const extensions = { target: extension(targets), match: extension(matches) }
export { putHost }
