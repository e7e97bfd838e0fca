import { u16 } from '@nfkit/netlink-codec'
import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { Log, LogLevel } from '../../statements/log.ts'
import { log } from '../../statements/log.ts'
import { isObjectType, objectUse } from '../../statements/meter.ts'
import { queue } from '../../statements/queue.ts'
import { type RejectAnswer, reject, rejectCodes } from '../../statements/reject.ts'
import { notrack, type Statement } from '../../statements/statement.ts'
import type { Scope } from '../scope.ts'
import { meterOf } from './meter.ts'

/** What an expression that looks at no register does, in the words of rules; `undefined` for one without. May throw for what rules could not write. */
export function statementOf(expression: Expression, scope: Scope): Statement | undefined {
  switch (expression.name) {
    case 'counter':
    case 'limit':
    case 'quota':
      return meterOf(expression)
    case 'objref':
      return objectOf(expression.data ?? {})
    case 'queue':
      return queueOf(expression.data ?? {})
    case 'target':
      return targetOf(expression.data ?? {})
    case 'log':
      return logOf(expression.data ?? {})
    case 'reject':
      return rejectOf(expression.data ?? {}, scope)
    case 'notrack':
      return notrack()
    default:
      return undefined
  }
}

function objectOf({ immType, immName }: ExpressionData<'objref'>): Statement | undefined {
  if (immName === undefined || !isObjectType(immType)) return undefined
  return objectUse(immType, { type: immType, name: immName })
}

function queueOf({ num, total = 1, flags = 0, sregQnum }: ExpressionData<'queue'>): Statement | undefined {
  if (num === undefined || sregQnum !== undefined) return undefined
  return queue(num, num + total - 1, { bypass: (flags & 1) !== 0, fanout: (flags & 2) !== 0 })
}

/** The target NFQUEUE, revision 3, is `queue` for kernels without it (`struct xt_NFQ_info_v3`, host order). */
function targetOf({ name, rev, info }: ExpressionData<'target'>): Statement | undefined {
  if (name !== 'NFQUEUE' || rev !== 3 || info === undefined || info.length < 6) return undefined
  const [num, total, flags] = [u16(info, 0), u16(info, 2), u16(info, 4)]
  return queueOf({ num, total, flags })
}

function logOf({ prefix, group, snaplen, qthreshold, level, flags = 0 }: ExpressionData<'log'>): Log | undefined {
  if (flags !== 0 || typeof level === 'number') return undefined
  return log({
    prefix,
    group,
    snaplen,
    queueThreshold: qthreshold,
    level: (level === 'warning' ? 'warn' : level) as LogLevel | undefined,
  })
}

function rejectOf({ type, icmpCode }: ExpressionData<'reject'>, { network }: Scope): Statement | undefined {
  if (type === 'tcpRst') return reject('tcp reset')
  const kind =
    type === 'icmpxUnreach'
      ? 'icmpx'
      : type === 'icmpUnreach' && network === 'ip'
        ? 'icmp'
        : type === 'icmpUnreach' && network === 'ip6'
          ? 'icmpv6'
          : undefined
  if (kind === undefined) return undefined
  const codes: { readonly [word: string]: number } = rejectCodes[kind]
  const word = Object.keys(codes).find((one) => codes[one] === icmpCode)
  return word === undefined ? undefined : reject(`${kind} ${word}` as RejectAnswer)
}
