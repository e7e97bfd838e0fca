import { formatEnd, hasKeys, ipProtocol as protocols } from '@nfkit/inet'
import { putBe32 } from '@nfkit/inet/bytes'
import { littleEndian, u32 } from '@nfkit/netlink-codec'
import { type Flow, type FlowEnd, type FlowTuple, flowStateNames, status } from '@nfkit/netlink-codec/conntrack'

export const savedProtocols = ['tcp', 'udp', 'udplite', 'icmp', 'icmpv6', 'sctp', 'dccp', 'gre'] as const
const names = new Map<number, string>(savedProtocols.map((name) => [protocols[name], name]))

/** The tool's words for the status bits a restored entry may have. */
export const savedStatus = { SEEN_REPLY: 'seenReply', ASSURED: 'assured', FIXED_TIMEOUT: 'fixedTimeout' } as const

/**
 * The arguments that make `conntrack` create the flow again: one line for `conntrack -R`. The status comes first: conntrack 1.4.7 confuses
 * status and mark when the mark comes first. `-n` (source) and `-g` (destination) have the kernel translate again; the ports of a
 * translation are in the line where the tool would lose them. The line lacks what the tool cannot set: labels, helper, counters.
 * `parseSaveLine` reads the line back.
 *
 * @example
 * import { openConntrack, saveLine } from '@nfkit/conntrack'
 * import { openMnl } from '@nfkit/mnl-native'
 *
 * await using ct = await openConntrack(openMnl())
 * for await (const flow of ct.dump({ protocol: 'udp' })) console.error(saveLine(flow))
 */
export function saveLine(flow: Flow): string {
  const out = ['-A']
  const { original, reply } = flow
  const put = (option: string, value: string | number | undefined) => {
    if (value !== undefined) out.push(option, `${value}`)
  }
  put('-t', flow.timeoutSeconds)
  put('-u', statusWords(flow.status ?? 0))
  put('-m', flow.mark || undefined)
  put('-w', flow.zone || undefined)
  put('--orig-zone', original.zone)
  put('--reply-zone', reply.zone)
  put('-s', original.source.address)
  put('-d', original.destination.address)
  for (const [option, value] of replyEnds(flow)) put(option, value)
  const number = original.protocol ?? 0
  put('-p', names.get(number) ?? number)
  for (const [option, value] of layer4(number, original, reply)) put(option, value)
  for (const [option, value] of state(flow)) put(option, value)
  return out.join(' ')
}

type Arguments = [option: string, value: string | number | undefined][]

/** Where replies come from and go to, or the ends the kernel must translate to. */
function replyEnds({ original, reply, status: bits = 0 }: Flow): Arguments {
  const [isSource, isDestination] = [(bits & status.srcNat) !== 0, (bits & status.dstNat) !== 0]
  // Of one translated end the kernel keeps the port the reply says; of two it keeps none, and ICMP says none.
  const unsaid = (isSource && isDestination) || original.icmp !== undefined
  return [
    isDestination ? ['-g', target(original.destination, reply.source, unsaid)] : ['-r', reply.source.address],
    isSource
      ? ['-n', target(identified(original, 'source'), identified(reply, 'destination'), unsaid)]
      : ['-q', reply.destination.address],
  ]
}

type Place = Pick<FlowEnd, 'address' | 'port'>

/** An end with its port, or with the ICMP identifier, which is translated as a source port is. */
const identified = (tuple: FlowTuple, end: 'source' | 'destination'): Place => ({
  address: tuple[end].address,
  port: tuple[end].port ?? tuple.icmp?.id,
})

function target(before: Place, now: Place, unsaid: boolean): string | undefined {
  const { address, port } = now
  if (address === undefined || port === undefined || port === before.port) return address
  return unsaid || address === before.address ? formatEnd({ address, port }) : address
}

function layer4(number: number, original: FlowTuple, reply: FlowTuple): Arguments {
  const { icmp } = original
  if (icmp) {
    const of = number === protocols.icmp ? '--icmp' : '--icmpv6'
    return [
      [`${of}-type`, icmp.type],
      [`${of}-code`, icmp.code],
      [`${of}-id`, icmp.id],
    ]
  }
  if (!hasKeys(number)) return []
  const isGre = number === protocols.gre
  // A kernel that does not track the protocol has no ports; the tool insists on them, and writes 0 itself.
  return [
    [isGre ? '--srckey' : '--sport', original.sourcePort ?? 0],
    [isGre ? '--dstkey' : '--dport', original.destinationPort ?? 0],
    [isGre ? '--reply-key-src' : '--reply-port-src', reply.sourcePort ?? 0],
    [isGre ? '--reply-key-dst' : '--reply-port-dst', reply.destinationPort ?? 0],
  ]
}

function state({ tcpState, sctp, dccp }: Flow): Arguments {
  if (tcpState !== undefined) return [['--state', flowStateNames.tcp.get(tcpState)]]
  if (sctp?.state !== undefined)
    return [
      ['--state', flowStateNames.sctp.get(sctp.state)],
      ['--orig-vtag', toolTag(sctp.originalTag)],
      ['--reply-vtag', toolTag(sctp.replyTag)],
    ]
  if (dccp?.state !== undefined)
    return [
      ['--state', flowStateNames.dccp.get(dccp.state)],
      ['--role', dccp.role === 1 ? 'server' : 'client'],
    ]
  return []
}

/** The tool's words for the bits a restored entry may have. */
function statusWords(bits: number): string {
  const words = Object.entries(savedStatus).filter(([, name]) => (bits & status[name]) !== 0)
  return words.length > 0 ? words.map(([word]) => word).join(',') : 'UNSET'
}

/** The tool (1.4.7) prints verification tags as numbers in host order; the wire has network order. Turns one into the other. */
export function toolTag(tag: number | undefined): number | undefined {
  if (tag === undefined || !littleEndian) return tag
  const bytes = new Uint8Array(4)
  putBe32(bytes, 0, tag)
  return u32(bytes, 0)
}
