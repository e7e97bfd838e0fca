import { type ExpressionData, nftFlags, type StatefulExpression } from '@nfkit/netlink-codec/nftables'
import { type Counter, counter, type Limit, limit, type Quota, quota, secondsPer } from '../../statements/meter.ts'

/** What an expression with a state does, in the words of rules; `undefined` for one without. May throw for what rules could not write. */
export function meterOf(expression: StatefulExpression): Counter | Limit | Quota | undefined {
  switch (expression.name) {
    case 'counter':
      return counter({ packets: expression.data?.packets, bytes: expression.data?.bytes }) as Counter
    case 'limit':
      return limitOf(expression.data ?? {})
    case 'quota':
      return quotaOf(expression.data ?? {})
    default:
      return undefined
  }
}

const has = (flags: number | undefined, flag: number): boolean => ((flags ?? 0) & flag) !== 0

export function limitOf({ rate = 0n, unit, burst = 0, type, flags }: ExpressionData<'limit'>): Limit | undefined {
  const per = (Object.keys(secondsPer) as (keyof typeof secondsPer)[]).find((word) => BigInt(secondsPer[word]) === unit)
  if (per === undefined || rate > BigInt(Number.MAX_SAFE_INTEGER)) return undefined
  const counted = type === 'pktBytes' ? 'bytes' : 'packets'
  return limit(Number(rate), { per, unit: counted, burst, over: has(flags, nftFlags.limit.inv) })
}

export const quotaOf = ({ bytes = 0n, flags, consumed = 0n }: ExpressionData<'quota'>): Quota =>
  quota(bytes, { over: has(flags, nftFlags.quota.inv), used: consumed })
