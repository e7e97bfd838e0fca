import { status } from '@nfkit/netlink-codec/conntrack'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import type { Connection } from '../../../conntrack/table/connection.ts'
import { holdsIf } from '../../state/chain.ts'
import { type Context, needed } from '../context.ts'
import type { Meter } from './meter.ts'

/** Connections that were seen and live (net/netfilter/nft_connlimit.c, nf_conncount.c). */
export const connlimit: Meter = {
  begin: ({ count, flags = 0 }: ExpressionData<'connlimit'>) => ({ count: needed(count), flags }),
  step(data: ExpressionData<'connlimit'>, { host: { clock } }: Context) {
    const breaksUnder = ((data.flags ?? 0) & nftFlags.connlimit.inv) !== 0
    const seen = new Set<Connection>()
    return ({ journey: { packet } }) => {
      for (const one of seen) if (one.has(status.dying) || one.expired(clock.uptime)) seen.delete(one)
      if (packet.connection) seen.add(packet.connection)
      return holdsIf(seen.size > needed(data.count) === breaksUnder)
    }
  },
}

/** When it was last met (net/netfilter/nft_last.c): time goes on while it is listed. */
export const last: Meter = {
  begin: ({ set = 0, msecs = 0n }: ExpressionData<'last'>) => ({ set, msecs }),
  step(data: ExpressionData<'last'>, { host: { clock } }: Context) {
    const given = data.set ? clock.uptime - Number(data.msecs ?? 0n) : undefined
    let at = given
    Object.defineProperties(data, {
      set: { get: () => (at === undefined ? 0 : 1), enumerable: true, configurable: true },
      msecs: {
        get: () => (at === undefined ? 0n : BigInt(Math.round(clock.uptime - at))),
        enumerable: true,
        configurable: true,
      },
    })
    return () => {
      at = clock.uptime
      return undefined
    }
  },
}
