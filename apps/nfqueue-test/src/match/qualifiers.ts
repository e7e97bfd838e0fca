import { MatchError } from './error.ts'
import type { Expression, Side } from './expression.ts'
import { hostIn, maskedNetworkIn, type Network, networkIn, numberIn, portIn, portRangeIn } from './operand.ts'
import type { Token } from './token.ts'
import { isAboutPorts, type ProtocolWord, protocolNumbers, protocolWords } from './words.ts'

const types = ['host', 'net', 'port', 'portrange', 'proto', 'multicast'] as const
type Type = (typeof types)[number]

/** What was said in front of an address or number: `tcp dst port`. */
export interface Qualifiers {
  readonly protocol: (ProtocolWord & { readonly token: Token }) | undefined
  readonly side: Side
  readonly type: Type | undefined
  /** Whether this is a condition by itself, as `tcp` is. */
  readonly isWhole: boolean
}

const isType = (text: string): text is Type => (types as readonly string[]).includes(text)
const isSide = (text: string): text is 'src' | 'dst' => text === 'src' || text === 'dst'

export const isQualifier = ({ text }: Token): boolean =>
  isType(text) || isSide(text) || Object.hasOwn(protocolWords, text)

/** Read the words in front of an address or number. */
export function qualifiersIn(next: () => Token, peek: (ahead?: number) => Token): Qualifiers {
  const first = peek()
  const word = Object.hasOwn(protocolWords, first.text) ? protocolWords[next().text] : undefined
  const protocol = word && { ...word, token: first }
  const side = isSide(peek().text) ? sideIn(next, peek) : undefined
  const type = isType(peek().text) ? (next().text as Type) : undefined
  if (side && (type === 'proto' || type === 'multicast'))
    throw new MatchError(first.at, `src and dst do not go with ${type}`)
  const isWhole = (side === undefined && type === undefined) || type === 'multicast'
  const isLayered = type === 'port' || type === 'portrange'
  if (protocol && isLayered && !isAboutPorts(protocol.number)) throw misfit(protocol.token, type)
  if (protocol?.number !== undefined && !isLayered && !isWhole) throw misfit(protocol.token, type ?? 'host')
  if (type === 'multicast' && (protocol?.version === undefined || protocol.number !== undefined))
    throw new MatchError(first.at, 'say ip multicast or ip6 multicast')
  return { protocol, side: side ?? 'either', type, isWhole }
}

/** `src`, `dst`, `src or dst`, `src and dst`. */
function sideIn(next: () => Token, peek: (ahead?: number) => Token): Side {
  const first = next().text
  const [{ text: joint }, { text: second }] = [peek(0), peek(1)]
  if ((joint === 'or' || joint === 'and') && isSide(second)) {
    next()
    next()
    if (first !== second) return joint === 'or' ? 'either' : 'both'
  }
  return first === 'src' ? 'source' : 'destination'
}

const misfit = ({ text, at }: Token, type: string): MatchError =>
  new MatchError(at, `${text} does not go with ${type}: write "${text} and ${type} …"`)

/** The condition that qualifiers make of an operand; `mask` goes with `net`. */
export function conditionOf(qualifiers: Qualifiers, operand?: Token, mask?: Token): Expression {
  const { protocol, side, type } = qualifiers
  if (operand === undefined) {
    const { version, number } = protocol!
    if (type === 'multicast') return { kind: 'multicast', version: version! }
    return number === undefined ? { kind: 'version', version: version! } : { kind: 'protocol', version, number }
  }
  switch (type) {
    case 'port': {
      const port = portIn(operand)
      return { kind: 'ports', side, protocol: protocol?.number, first: port, last: port }
    }
    case 'portrange':
      return { kind: 'ports', side, protocol: protocol?.number, ...portRangeIn(operand) }
    case 'proto':
      return { kind: 'protocol', version: protocol?.version, number: protocolIn(operand) }
    case 'net':
      return networkOf(qualifiers, operand, mask ? maskedNetworkIn(operand, mask) : networkIn(operand))
    default:
      return networkOf(qualifiers, operand, hostIn(operand))
  }
}

function networkOf({ protocol, side }: Qualifiers, { text, at }: Token, network: Network): Expression {
  const version = network.address.length === 4 ? 4 : 6
  if (protocol?.version !== undefined && protocol.version !== version)
    throw new MatchError(at, `${text} is an address of IPv${version}, not of ${protocol.token.text}`)
  return { kind: 'network', side, ...network }
}

/** A number, or a name that may have a backslash in front, as pcap-filter wants it. */
function protocolIn({ text, at }: Token): number {
  const name = text.replace(/^\\/, '')
  if (Object.hasOwn(protocolNumbers, name)) return protocolNumbers[name]!
  if (/^\d/.test(text)) return numberIn({ text, at }, 255)
  throw new MatchError(at, `there is no protocol "${name}" here: give its number`)
}
