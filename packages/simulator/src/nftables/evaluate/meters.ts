import { errno } from '@nfkit/netlink-codec'
import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../refusal.ts'
import { type CompileContext, needed } from './context.ts'
import type { Step } from './step.ts'

const lengthOf = (bytes: Uint8Array): bigint => BigInt(bytes.length)

function counter({ packets = 0n, bytes = 0n }: ExpressionData<'counter'>): Step {
  let counted = { packets, bytes }
  return {
    run: ({ journey }) => {
      counted.packets += 1n
      counted.bytes += lengthOf(journey.packet.bytes)
      return undefined
    },
    state: () => ({ name: 'counter', data: { ...counted } }),
    reset: () => {
      counted = { packets: 0n, bytes: 0n }
    },
  }
}

const nanoseconds = 1_000_000_000n
const usualBurst = 5
const inverted = 1

/** A bucket of tokens, in nanoseconds (nft_limit_eval). */
function limit(data: ExpressionData<'limit'>, { host }: CompileContext): Step {
  const [rate, unit] = [needed(data.rate), needed(data.unit)]
  const flags = data.flags ?? 0
  if (rate === 0n || unit === 0n) throw new Refusal(errno.EOVERFLOW)
  const isBytes = data.type === 'pktBytes'
  const burst = BigInt(data.burst || (isBytes ? 0 : usualBurst))
  const whole = unit * nanoseconds
  const most = isBytes ? (whole * (rate + burst)) / rate : (whole / rate) * burst
  let tokens = most
  let last = 0n
  return {
    run: ({ journey }) => {
      const now = BigInt(Math.round(host.uptime() * 1e6))
      tokens += now - last
      last = now
      if (tokens > most) tokens = most
      const cost = isBytes ? (whole * lengthOf(journey.packet.bytes)) / rate : whole / rate
      const left = tokens - cost
      const isOver = left < 0n
      if (!isOver) tokens = left
      return isOver !== ((flags & inverted) !== 0) ? 'break' : undefined
    },
    state: () => ({ name: 'limit', data: { ...data, burst: Number(burst), type: isBytes ? 'pktBytes' : 'pkts', flags } }),
  }
}

const depleted = 2

function quota(data: ExpressionData<'quota'>): Step {
  const bytes = needed(data.bytes)
  const flags = (data.flags ?? 0) & inverted
  let consumed = data.consumed ?? 0n
  return {
    run: ({ journey }) => {
      consumed += lengthOf(journey.packet.bytes)
      const isOver = consumed > bytes
      return isOver !== (flags !== 0) ? 'break' : undefined
    },
    state: () => ({
      name: 'quota',
      data: { bytes, flags: flags | (consumed > bytes ? depleted : 0), consumed: consumed > bytes ? bytes : consumed },
    }),
    reset: () => {
      consumed = 0n
    },
  }
}

/** Connections that were seen and live. */
function connlimit(data: ExpressionData<'connlimit'>): Step {
  const most = needed(data.count)
  const flags = data.flags ?? 0
  const seen = new Set<object>()
  return {
    run: ({ journey }) => {
      const { connection } = journey.packet
      if (connection) seen.add(connection)
      const isOver = seen.size > most
      return isOver !== ((flags & inverted) !== 0) ? 'break' : undefined
    },
    state: () => ({ name: 'connlimit', data: { count: most, flags } }),
  }
}

function last(_: ExpressionData<'last'>, { host }: CompileContext): Step {
  let at: number | undefined
  return {
    run: () => {
      at = host.uptime()
      return undefined
    },
    state: () => ({
      name: 'last',
      data: { set: at === undefined ? 0 : 1, msecs: at === undefined ? 0n : BigInt(Math.round(host.uptime() - at)) },
    }),
  }
}

export const meters = { counter, limit, quota, connlimit, last }
