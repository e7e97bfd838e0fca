import { status } from '@nfkit/netlink-codec/conntrack'
import { hook, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { ctInfo } from '@nfkit/netlink-codec/nfqueue'
import type { HookFunction, Journey } from '../../hooks/journey.ts'
import { hookPriority } from '../../hooks/priority.ts'
import { queueVerdict } from '../../hooks/verdict.ts'
import type { Conntrack } from '../conntrack.ts'
import { adjustSequence } from './tcp/adjust-sequence.ts'

const entrances: readonly number[] = [hook.prerouting, hook.output]
const exits: readonly number[] = [hook.input, hook.postrouting]

/** Connection tracking's own functions at a hook point. */
export function conntrackHooks(tracking: Conntrack, number: number): readonly HookFunction[] {
  const { tracker } = tracking
  if (entrances.includes(number)) {
    const track: HookFunction = {
      name: 'conntrack',
      priority: hookPriority.conntrack,
      reason: 'conntrack',
      run: ({ packet, hookNumber }) => (tracker.track(packet, hookNumber) ? verdicts.accept : verdicts.drop),
    }
    return [track]
  }
  if (!exits.includes(number)) return []
  return [
    userHelper,
    {
      name: 'confirm',
      priority: hookPriority.confirm,
      reason: 'conntrack',
      run: (journey) => (moves(journey) && tracker.confirm(journey.packet) ? verdicts.accept : verdicts.drop),
    },
  ]
}

/** Numbers move where a packet leaves, and once on `lo`: not as it comes in there again, and not in an answer to a first packet (nf_confirm). */
function moves({ packet, hookNumber, indev }: Journey): boolean {
  const { connection, ctInfo: info } = packet
  if (!connection?.has(status.seqAdjust) || info === ctInfo.relatedReply) return true
  if (hookNumber === hook.input && indev?.name === 'lo') return true
  return adjustSequence(packet, connection)
}

/** Packets of a connection with a helper in user space go to its queue; they pass while no program listens there. */
const userHelper: HookFunction = {
  name: 'helper',
  priority: hookPriority.helper,
  run: ({ packet: { connection } }) => {
    const helper = connection?.help?.helper
    return helper?.queue !== undefined && helper.enabled ? queueVerdict(helper.queue, true) : verdicts.accept
  },
}
