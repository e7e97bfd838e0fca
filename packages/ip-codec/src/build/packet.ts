import { protocolNumber } from '@nfkit/inet'
import { utf8 } from '@nfkit/inet/bytes'
import { tcpFlag } from '../transport/tcp-flags.ts'
import { parseEndpoints } from './endpoints.ts'
import { BuildError, whole } from './error.ts'
import { icmp, icmpEcho } from './icmp.ts'
import { type IpFields, ipPacket } from './ip-packet.ts'
import { sctp } from './sctp.ts'
import { type TcpFields, tcp } from './tcp.ts'
import { udp } from './udp.ts'

/** Words that are followed by a number, and the field it is. */
const numbers = {
  ttl: 'ttl',
  dscp: 'dscp',
  ecn: 'ecn',
  id: 'identification',
  seq: 'sequence',
  ackseq: 'acknowledgment',
  window: 'window',
  type: 'type',
  code: 'code',
  length: 'length',
} as const

/** What the words behind the addresses say. */
interface Words {
  readonly numbers: { readonly [N in keyof typeof numbers as (typeof numbers)[N]]?: number }
  readonly flags: readonly string[]
  readonly payload: string | undefined
}

type Builder = (ends: string, words: Words, given: string) => Uint8Array

const flagWords = Object.keys(tcpFlag)
const pings = ['echo-request', 'echo-reply']

/** The protocols with words of their own, and those words. */
const builders: { readonly [protocol: string]: { readonly words: readonly string[]; readonly build: Builder } } = {
  tcp: {
    words: [...flagWords, 'seq', 'ackseq', 'window'],
    build: (ends, { flags, numbers, payload }) => {
      const set = Object.fromEntries(flags.map((flag) => [flag, true]))
      return tcp(ends, { ...numbers, ...set, payload: payloadOf(numbers, payload) } as TcpFields)
    },
  },
  udp: {
    words: [],
    build: (ends, { numbers, payload }) => udp(ends, { ...numbers, payload: payloadOf(numbers, payload) }),
  },
  sctp: { words: [], build: (ends, { numbers }) => sctp(ends, numbers as IpFields) },
  icmp: { words: [...pings, 'type', 'code'], build: message },
  icmpv6: { words: [...pings, 'type', 'code'], build: message },
}

const common = ['ttl', 'dscp', 'ecn', 'id', 'length', 'payload']

/**
 * A packet from one line: the protocol, `SOURCE > DESTINATION`, and words in any order. Of TCP: its flags, `seq`, `ackseq`, `window`. Of
 * ICMP: `echo-request`, `echo-reply`, or `type` and `code`. Of all: `ttl`, `dscp`, `ecn`, `id`, `length` (bytes of payload), `payload "text"`. Another
 * protocol is named as in `inet`, or by its number, as in `gre 10.0.0.1 > 10.0.0.2`. Throws `BuildError`, which says what would work.
 *
 * @example
 * import { parseIp } from '@nfkit/ip-codec'
 * import { packet } from '@nfkit/ip-codec/build'
 *
 * console.log(`${parseIp(packet('tcp 10.0.0.1:4000 > 10.0.0.2:22 syn'))}`) // 10.0.0.1:4000 > 10.0.0.2:22 tcp SYN, 40 bytes
 * console.log(`${parseIp(packet('icmp 10.0.0.1 > 10.0.0.2 echo-request ttl 3'))?.ttl}`) // 3
 */
export function packet(line: string): Uint8Array {
  const [, protocol, ends, rest] = /^\s*([\w-]+)\s+(\S+\s*>\s*\S+)\s*(.*)$/s.exec(line) ?? []
  if (protocol === undefined)
    throw new BuildError(line, "expected 'PROTOCOL SOURCE > DESTINATION', as 'tcp 10.0.0.1:4000 > 10.0.0.2:22 syn'")
  const builder = Object.hasOwn(builders, protocol) ? builders[protocol] : undefined
  const words = wordsOf(rest!, [...(builder?.words ?? []), ...common], line)
  if (builder) return builder.build(ends!, words, line)
  const number = /^\d+$/.test(protocol) ? Number(protocol) : protocolNumber(protocol)
  if (number === undefined)
    throw new BuildError(
      line,
      `there is no protocol "${protocol}": there are ${Object.keys(builders).join(', ')}, names of other protocols as gre, and numbers`,
    )
  return ipPacket(parseEndpoints(ends!), number, payloadOf(words.numbers, words.payload), words.numbers as IpFields)
}

function message(ends: string, { flags: [ping], numbers, payload }: Words, given: string): Uint8Array {
  const fields = { ...numbers, payload: payloadOf(numbers, payload) }
  if (ping !== undefined) return icmpEcho(ends, { ...fields, id: numbers.identification, reply: ping === 'echo-reply' })
  if (numbers.type === undefined)
    throw new BuildError(given, `a message of ICMP is ${pings.join(', ')}, or has a type, as in type 3 code 1`)
  return icmp(ends, { ...fields, type: numbers.type })
}

const payloadOf = ({ length }: Words['numbers'], text: string | undefined): Uint8Array =>
  text === undefined ? new Uint8Array(whole(length ?? 0, 0xffff, 'length')) : utf8(text)

function wordsOf(text: string, known: readonly string[], line: string): Words {
  const tokens = text.match(/"[^"]*"|[^\s"]+/g) ?? []
  const found: { [field: string]: number } = {}
  const flags: string[] = []
  let payload: string | undefined
  for (let i = 0; i < tokens.length; i++) {
    const word = tokens[i]!
    if (!known.includes(word)) throw new BuildError(line, `"${word}" says nothing here: there are ${known.join(', ')}`)
    if (word === 'payload') payload = (tokens[++i] ?? '').replaceAll('"', '')
    else if (Object.hasOwn(numbers, word))
      found[numbers[word as keyof typeof numbers]] = numberOf(tokens[++i], word, line)
    else flags.push(word)
  }
  return { numbers: found, flags, payload }
}

function numberOf(text: string | undefined, word: string, line: string): number {
  if (text !== undefined && /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text)) return Number(text)
  throw new BuildError(
    line,
    `behind "${word}" stands a number, and not ${text === undefined ? 'the end' : `"${text}"`}`,
  )
}
