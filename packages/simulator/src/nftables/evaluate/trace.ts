import { encodeMessage, group } from '@nfkit/netlink-codec/nfnetlink'
import { type NftTrace, type NftVerdict, nftMessage, nftTrace } from '@nfkit/netlink-codec/nftables'
import type { Journey } from '../../hooks/journey.ts'
import { type NftChainState, type NftRuleState, nftCode, type Outcome } from '../state/chain.ts'
import type { EvaluateHost } from './host.ts'
import { stateOf } from './load/ct-keys.ts'
import { headers } from './load/header.ts'
import { hardwareType } from './load/meta.ts'

/** Bytes of each header that a trace shows (NFT_TRACETYPE_LL_HSIZE and its like). */
const most = { link: 20, network: 40, transport: 20 } as const

/** Tells of the way of one packet that is traced through one base chain, to who listens (nft_trace_notify, net/netfilter/nf_tables_trace.c). */
export class Trace {
  readonly #host: EvaluateHost
  readonly #journey: Journey
  /** The packet is shown once. */
  #isShown = false

  constructor(host: EvaluateHost, journey: Journey) {
    this.#host = host
    this.#journey = journey
  }

  /** What a rule came to. */
  rule(chain: NftChainState, { handle }: NftRuleState, outcome: Outcome): void {
    this.#tell(chain, { type: 'rule', ruleHandle: handle, verdict: verdictOf(outcome) })
  }

  /** A chain ends without a verdict. */
  end(chain: NftChainState): void {
    const type = this.#host.tracking.profile.nftables?.tracesEnds ? 'rule' : 'return'
    this.#tell(chain, { type, verdict: { code: 'continue' } })
  }

  policy(chain: NftChainState, policy: number): void {
    this.#tell(chain, { type: 'policy', policy: policy === 0 ? 'drop' : 'accept' })
  }

  #tell({ table, name }: NftChainState, what: NftTrace): void {
    const { packet } = this.#journey
    packet.traceId ||= this.#host.random() || 1
    const value: NftTrace = {
      nfproto: packet.family,
      id: packet.traceId,
      chain: name,
      table: table.name,
      ...what,
      mark: packet.mark === 0 ? undefined : packet.mark,
      ...(this.#isShown ? {} : this.#shown()),
    }
    this.#isShown = true
    this.#host.multicast(
      group.nftrace,
      encodeMessage({ type: nftMessage.trace.type, flags: 0, family: table.family }, nftTrace, value),
    )
  }

  #shown(): NftTrace {
    const { packet, indev, outdev } = this.#journey
    const header = (base: string, size: number) => {
      const start = headers[base]!.start(this.#journey)
      return start < 0 ? undefined : headers[base]!.bytes(this.#journey).slice(start, start + size)
    }
    return {
      ...(indev && { iif: indev.index, iiftype: hardwareType(indev) }),
      ...(outdev && { oif: outdev.index, oiftype: hardwareType(outdev) }),
      llHeader: header('llHeader', most.link),
      networkHeader: header('networkHeader', Math.min(most.network, packet.layout?.transport ?? most.network)),
      transportHeader: header('transportHeader', most.transport),
      ...(this.#host.tracking.profile.nftables?.tracesConnections && this.#connection()),
    }
  }

  #connection(): NftTrace {
    const { packet } = this.#journey
    const { connection, isReply } = packet
    if (!connection) return packet.untracked ? { ctState: stateOf(packet) } : {}
    return {
      ctId: connection.id,
      ctDirection: isReply ? 'reply' : 'original',
      ctStatus: connection.status === 0 ? undefined : connection.status,
      ctState: stateOf(packet),
    }
  }
}

function verdictOf(outcome: Outcome): NftVerdict {
  if (outcome === undefined) return { code: 'continue' }
  if (typeof outcome === 'object') return { code: outcome.returns ? 'jump' : 'goto', chain: outcome.chain.name }
  if (outcome === nftCode.return) return { code: 'return' }
  return outcome <= 1 ? { code: outcome === 0 ? 'drop' : 'accept' } : { code: outcome | 0 }
}
