import { ipProtocol, parseAddress, parseEnd } from '@nfkit/inet'
import { type ChainRule, ip, ip6, meta, parse, RuleSyntaxError, th } from '@nfkit/nftables'
import { UserError } from '../terminal/failure.ts'

type Conditions = ReturnType<typeof parse>

/** Which packets are asked about. */
export interface Subject {
  readonly conditions: Conditions
  /** The address they go to, where one is named. */
  readonly destination: string | undefined
}

const protocols: readonly string[] = Object.keys(ipProtocol)

/** `tcp 10.0.0.2:443`, `udp 10.0.0.1 > 10.0.0.2:53`, `icmp 10.0.0.2`, or conditions in nft's words. Throws `UserError`. */
export function subjectOf(text: string): Subject {
  if (text.trim() === '') throw new UserError("which packets is not said: 'tcp 10.0.0.2:443', or a condition of nft")
  const words = text.trim().split(/\s+/)
  const named = protocols.includes(words[0] ?? '') ? words.shift() : undefined
  const ends = words.join(' ').split(' > ')
  if (words.length > 0 && ends.length <= 2 && ends.every(isEnd)) return ofEnds(named, ends)
  if (named !== undefined && words.length === 0)
    return { conditions: [meta.l4proto.is(named as 'tcp')], destination: undefined }
  return ofWords(text)
}

function ofEnds(protocol: string | undefined, ends: readonly string[]): Subject {
  const [to, from] = ends.toReversed()
  const conditions = [
    ...(protocol === undefined ? [] : [meta.l4proto.is(protocol as 'tcp')]),
    ...(from === undefined ? [] : endConditions(from, 'source')),
    ...endConditions(to!, 'destination'),
  ]
  return { conditions, destination: endOf(to!)?.address }
}

function ofWords(text: string): Subject {
  try {
    const conditions = parse(text)
    return { conditions, destination: undefined }
  } catch (error) {
    if (!(error instanceof RuleSyntaxError)) throw error
    throw new UserError(`"${text}" is neither PROTOCOL ADDRESS:PORT nor a condition of nft: ${error.message}`)
  }
}

interface End {
  readonly address: string | undefined
  readonly port: number | undefined
}

const isEnd = (text: string): boolean => endOf(text) !== undefined

/** `10.0.0.2:443`, `10.0.0.2`, `:443`. */
function endOf(text: string): End | undefined {
  if (parseAddress(text)) return { address: text, port: undefined }
  const [, only] = /^:(\d{1,5})$/.exec(text) ?? []
  if (only !== undefined) return { address: undefined, port: Number(only) }
  const end = parseEnd(text)
  return end && { address: end.address, port: end.port }
}

function endConditions(text: string, side: 'source' | 'destination'): ChainRule['body'] {
  const { address, port } = endOf(text)!
  const header = address?.includes(':') ? ip6 : ip
  const of = side === 'source' ? header.saddr : header.daddr
  return [
    ...(address === undefined ? [] : [of.is(address as never)]),
    ...(port === undefined ? [] : [(side === 'source' ? th.sport : th.dport).is(port)]),
  ]
}
