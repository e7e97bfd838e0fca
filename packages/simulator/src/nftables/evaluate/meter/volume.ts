import { errno } from '@nfkit/netlink-codec'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../../netlink/refusal.ts'
import { holdsIf, type Run, type Step } from '../../state/chain.ts'
import { countIn, newTally, type Tally } from '../../state/tally.ts'
import { type Context, needed } from '../context.ts'
import type { Meter } from './meter.ts'

type Mutable<T> = { -readonly [K in keyof T]-?: NonNullable<T[K]> }

const lengthOf = ({ journey }: Run): number => journey.packet.bytes.length

/** Numbers of 64 bits that are listed, and what was added to them since they were said: doubles, which a packet adds to more quickly. */
function counted(data: Mutable<ExpressionData<'counter'>>): Tally {
  const more = newTally()
  for (const [i, key] of (['packets', 'bytes'] as const).entries()) {
    let said = data[key]
    Object.defineProperty(data, key, {
      get: () => said + BigInt(more.row[more.at + i]!),
      set(value: bigint) {
        said = value
        more.row[more.at + i] = 0
      },
      enumerable: true,
      configurable: true,
    })
  }
  return more
}

/** net/netfilter/nft_counter.c. */
export const counter: Meter = {
  begin: ({ bytes = 0n, packets = 0n }: ExpressionData<'counter'>) => ({ bytes, packets }),
  step(data: Mutable<ExpressionData<'counter'>>) {
    const tally = counted(data)
    const { row, at } = tally
    const step: Step = (run) => {
      countIn(row, at, lengthOf(run))
      return undefined
    }
    return Object.assign(step, { tally })
  },
  counts: { bytes: 0n, packets: 0n },
}

const nanosecondsPerSecond = 1_000_000_000
const nanosecondsPerMillisecond = 1_000_000
const defaultBurst = 5

/** A bucket of tokens, each of which is a nanosecond (net/netfilter/nft_limit.c). */
export const limit: Meter = {
  begin({ rate = 0n, unit = 0n, burst = 0, type = 'pkts', flags = 0 }: ExpressionData<'limit'>) {
    if (rate === 0n || unit === 0n) throw new Refusal(errno.EINVAL)
    return { rate, unit, burst: burst === 0 && type === 'pkts' ? defaultBurst : burst, type, flags }
  },
  step(data: Mutable<ExpressionData<'limit'>>, { host: { clock } }: Context) {
    const [rate, whole] = [Number(data.rate), Number(data.unit) * nanosecondsPerSecond]
    const isOfBytes = data.type === 'pktBytes'
    const each = Math.floor(whole / rate)
    const most = isOfBytes ? Math.floor((whole * (rate + data.burst)) / rate) : each * data.burst
    const breaksUnder = (data.flags & nftFlags.limit.inv) !== 0
    let [tokens, before] = [most, clock.uptime]
    return (run) => {
      const now = clock.uptime
      tokens = Math.min(most, tokens + Math.round((now - before) * nanosecondsPerMillisecond))
      before = now
      const cost = isOfBytes ? Math.floor((whole * lengthOf(run)) / rate) : each
      const isUnder = tokens >= cost
      if (isUnder) tokens -= cost
      return holdsIf(isUnder !== breaksUnder)
    }
  },
}

const { inv, depleted } = nftFlags.quota
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** net/netfilter/nft_quota.c. */
export const quota: Meter = {
  begin: ({ bytes, flags = 0, consumed = 0n }: ExpressionData<'quota'>) => ({ bytes: needed(bytes), flags, consumed }),
  step(data: Mutable<ExpressionData<'quota'>>) {
    const breaksUnder = (data.flags & inv) !== 0
    let consumed = data.consumed
    let told = data.consumed
    return (run) => {
      // Who reads them may have begun anew.
      if (data.consumed !== told) consumed = data.consumed
      consumed += BigInt(lengthOf(run))
      const isOver = consumed > data.bytes
      told = least(consumed, data.bytes)
      data.consumed = told
      data.flags = consumed >= data.bytes ? data.flags | depleted : data.flags & ~depleted
      return holdsIf(isOver === breaksUnder)
    }
  },
  counts: { consumed: 0n },
}
