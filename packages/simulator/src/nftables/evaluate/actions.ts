import { errno } from '@nfkit/netlink-codec'
import { family, verdict as verdicts } from '@nfkit/netlink-codec/nfnetlink'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import { queueVerdict } from '../../hooks/verdict.ts'
import { Refusal } from '../refusal.ts'
import { type CompileContext, needed, reads, writes } from './context.ts'
import type { Step, Verdict } from './step.ts'
import { verdictOf } from './verdict.ts'

const verdictRegister = 0

function immediate({ dreg, data }: ExpressionData<'immediate'>, context: CompileContext): Step {
  if (dreg === verdictRegister) {
    const verdict = verdictOf(data?.verdict, context)
    return { run: () => verdict }
  }
  const value = needed(data?.value).slice()
  const to = writes(context, dreg, value.length)
  return {
    run: ({ registers }) => {
      registers.set(value, to)
      return undefined
    },
  }
}

const mostQueues = 65_535
const queueHooks: readonly number[] = [0, 1, 2, 3, 4]

function queue(data: ExpressionData<'queue'>, context: CompileContext): Step {
  const { num, sregQnum, total = 1, flags = 0 } = data
  assertHook(context, queueHooks)
  if ((num === undefined) === (sregQnum === undefined)) throw new Refusal(errno.EINVAL)
  const { bypass, cpuFanout } = nftFlags.queue
  if (flags & ~(bypass | cpuFanout)) throw new Refusal(errno.EINVAL)
  const bypasses = (flags & bypass) !== 0
  if (sregQnum !== undefined) {
    if (flags & cpuFanout) throw new Refusal(errno.EOPNOTSUPP)
    const at = reads(context, sregQnum, 2)
    return { run: ({ registers }) => final(queueVerdict(registers[at]! | (registers[at + 1]! << 8), bypasses)) }
  }
  const first = needed(num)
  if (total === 0) throw new Refusal(errno.EINVAL)
  if (first + total - 1 > mostQueues) throw new Refusal(errno.ERANGE)
  const { host } = context
  return {
    run: ({ journey }) =>
      final(queueVerdict(first + (total === 1 ? 0 : host.queueShare(journey.packet, total, (flags & cpuFanout) !== 0)), bypasses)),
  }
}

const final = (verdict: number): Verdict => ({ kind: 'final', verdict })

/** Refuses an expression in a base chain of another hook. Chains that are jumped to are not looked at. Throws `Refusal`. */
function assertHook({ chain }: CompileContext, hooks: readonly number[]): void {
  if (chain?.base && !hooks.includes(chain.base.hook)) throw new Refusal(errno.EOPNOTSUPP)
}

function log(data: ExpressionData<'log'>, { host }: CompileContext): Step {
  const { group, level, prefix, snaplen, qthreshold } = data
  if (group !== undefined && level !== undefined) throw new Refusal(errno.EINVAL)
  return {
    run: ({ journey }) => {
      if (group !== undefined)
        host.log(journey, { group, prefix, length: snaplen === 0 ? undefined : snaplen, threshold: qthreshold })
      return undefined
    },
  }
}

const rejectHooks: readonly number[] = [0, 1, 2, 3]
/** Codes of `icmpx`, in ICMP and in ICMPv6. */
const icmpx = [
  [0, 0],
  [3, 4],
  [1, 3],
  [13, 1],
] as const

function reject(data: ExpressionData<'reject'>, context: CompileContext): Step {
  const { type, icmpCode } = data
  assertHook(context, rejectHooks)
  const { host } = context
  if (type === 'tcpRst') {
    return {
      run: ({ journey }) => {
        host.reject(journey, { kind: 'reset' })
        return final(verdicts.drop)
      },
    }
  }
  const code = needed(icmpCode)
  if (type === 'icmpxUnreach' && code >= icmpx.length) throw new Refusal(errno.EINVAL)
  if (type !== 'icmpxUnreach' && type !== 'icmpUnreach') throw new Refusal(errno.EINVAL)
  return {
    run: ({ journey }) => {
      const is4 = journey.packet.layout?.family === family.ipv4
      const own = type === 'icmpxUnreach' ? icmpx[code]![is4 ? 0 : 1] : code
      host.reject(journey, { kind: 'unreachable', code: own })
      return final(verdicts.drop)
    },
  }
}

function notrack(): Step {
  return {
    run: ({ journey }) => {
      if (!journey.packet.connection) journey.packet.untracked = true
      return undefined
    },
  }
}

function nat(data: ExpressionData<'nat'>, context: CompileContext): Step {
  const { type, family: of = 'ipv4', regAddrMin, regAddrMax, regProtoMin, regProtoMax } = data
  assertNat(context)
  if (type !== 'snat' && type !== 'dnat') throw new Refusal(errno.EINVAL)
  const size = of === 'ipv4' || of === family.ipv4 ? 4 : 16
  const address = regAddrMin === undefined ? undefined : reads(context, regAddrMin, size)
  const last = regAddrMax === undefined ? address : reads(context, regAddrMax, size)
  const port = regProtoMin === undefined ? undefined : reads(context, regProtoMin, 2)
  const lastPort = regProtoMax === undefined ? port : reads(context, regProtoMax, 2)
  const { host } = context
  return {
    run: ({ journey, registers }) => {
      const bytes = (at: number | undefined, length: number) =>
        at === undefined ? undefined : registers.slice(at, at + length)
      return final(
        host.translate(journey, type === 'snat', {
          address: bytes(address, size),
          lastAddress: bytes(last, size),
          ports: portsOf(bytes(port, 2), bytes(lastPort, 2)),
        }),
      )
    },
  }
}

const portsOf = (min: Uint8Array | undefined, max: Uint8Array | undefined) =>
  min && max && { min: (min[0]! << 8) | min[1]!, max: (max[0]! << 8) | max[1]! }

function assertNat({ chain }: CompileContext): void {
  if (chain?.base && chain.base.type !== 'nat') throw new Refusal(errno.EOPNOTSUPP)
}

const postrouting: readonly number[] = [4]

function masq(data: ExpressionData<'masq'>, context: CompileContext): Step {
  assertNat(context)
  assertHook(context, postrouting)
  const port = data.regProtoMin === undefined ? undefined : reads(context, data.regProtoMin, 2)
  const { host } = context
  return {
    run: ({ journey, registers }) => {
      const min = port === undefined ? undefined : registers.slice(port, port + 2)
      return final(host.masquerade(journey, portsOf(min, min)))
    },
  }
}

const redirectHooks: readonly number[] = [0, 3]

function redir(data: ExpressionData<'redir'>, context: CompileContext): Step {
  assertNat(context)
  assertHook(context, redirectHooks)
  const port = data.regProtoMin === undefined ? undefined : reads(context, data.regProtoMin, 2)
  const { host } = context
  return {
    run: ({ journey, registers }) => {
      const min = port === undefined ? undefined : registers.slice(port, port + 2)
      return final(host.redirect(journey, portsOf(min, min)))
    },
  }
}

export const actions = { immediate, queue, log, reject, notrack, nat, masq, redir }
