import { type Expression, nftFlags } from '@nfkit/netlink-codec/nftables'
import type { Base } from '../../conditions/header.ts'
import { presence } from '../../conditions/match.ts'
import { type Selector, selectors } from '../../conditions/selector.ts'
import { datatypes } from '../../datatype/datatype.ts'
import type { Scope } from '../scope.ts'

/** Where a register's bytes come from. */
export type Source =
  | { readonly from: 'payload'; readonly base: Base; readonly offset: number; readonly length: number }
  | { readonly from: 'named'; readonly key: string; readonly presence?: true }

/** Bytes a source loads. */
export const selectorLength = (source: Source): number =>
  source.from === 'payload' ? source.length : (find(source.key)?.selector.length ?? 4)

/** What a source is called in nft's words, and the part of it that is meant. */
export interface Named {
  readonly name: string
  readonly selector: Selector
  /** Of a field that is part of the bytes: how far left it is in them, and its bits. */
  readonly bits?: { readonly shift: number; readonly count: number }
}

const bases: { readonly [word: string]: Base } = {
  llHeader: 'link',
  networkHeader: 'network',
  transportHeader: 'transport',
}

/** Where an expression loads its register from; `undefined` when it loads none that conditions know. */
export function sourceOf(expression: Expression): Source | undefined {
  switch (expression.name) {
    case 'payload': {
      const { base, offset, len, dreg } = expression.data ?? {}
      const known = bases[String(base)]
      if (dreg === undefined || known === undefined || offset === undefined || len === undefined) return undefined
      return { from: 'payload', base: known, offset, length: len }
    }
    case 'meta':
      return expression.data?.dreg === undefined ? undefined : { from: 'named', key: `meta ${expression.data.key}` }
    case 'ct': {
      const { dreg, key, direction } = expression.data ?? {}
      return dreg === undefined
        ? undefined
        : { from: 'named', key: ['ct', key, ...(direction === undefined ? [] : [direction])].join(' ') }
    }
    case 'fib': {
      const { dreg, result, flags = 0 } = expression.data ?? {}
      if (dreg === undefined) return undefined
      const present = (flags & nftFlags.fib.present) !== 0
      return {
        from: 'named',
        key: `fib ${flags & ~nftFlags.fib.present} ${result}`,
        ...(present ? { presence: true } : {}),
      }
    }
    default:
      return undefined
  }
}

const fibFlags = (words: readonly string[]): number =>
  words.reduce((flags, word) => flags | nftFlags.fib[word as keyof typeof nftFlags.fib], 0)

function keyOf({ load }: Selector): string | undefined {
  switch (load.from) {
    case 'meta':
      return `meta ${load.key}`
    case 'ct':
      return ['ct', load.key, ...(load.direction === undefined ? [] : [load.direction])].join(' ')
    case 'fib':
      return `fib ${fibFlags(load.flags)} ${load.result}`
    case 'payload':
      return undefined
    default:
      return load satisfies never
  }
}

const byKey = new Map([...selectors].map(([name, selector]) => [keyOf(selector), { name, selector }] as const))

/** The kernel does not tell the direction of what is the same in both. */
const find = (key: string): Named | undefined => byKey.get(key) ?? byKey.get(`${key} original`)

/** The words for something the kernel keeps of a packet, by the kernel's own: `meta iifname` is `iifname`. */
export const nameOfKey = (key: string): string | undefined => find(key)?.name

const fields = [...selectors].flatMap(([name, selector]) =>
  selector.load.from === 'payload' ? [{ name, selector, load: selector.load }] : [],
)

/** The headers of each layer where packets have these. */
const headersAt = (base: Base, scope: Scope): readonly (string | undefined)[] =>
  ({ link: ['ether', scope.tag], network: [scope.network], transport: [scope.transport ?? 'th'] })[base]

/** The fields next to each other that a source loads at once; `undefined` when its bytes are not whole fields. */
export function apart(source: Source, scope: Scope): readonly Source[] | undefined {
  if (source.from !== 'payload') return undefined
  const { base, offset, length } = source
  const headers = headersAt(base, scope)
  const parts: Source[] = []
  for (let at = offset; at < offset + length; ) {
    const here = fields.find(
      ({ load }) => headers.includes(load.header) && load.offset === at && load.bits === undefined,
    )
    if (here === undefined || at + here.load.length > offset + length) return undefined
    parts.push({ from: 'payload', base, offset: at, length: here.load.length })
    at += here.load.length
  }
  return parts
}

/**
 * What a source is called where packets have these headers, and `mask` is done to it; `undefined` when nft has no name for it. An address
 * of which only the first bytes are loaded is meant by its prefix.
 */
export function named(source: Source, scope: Scope, mask: Uint8Array | undefined): Named | undefined {
  if (source.from === 'named') {
    const found = find(source.key)
    const truth = found && source.presence ? presence(found.selector, 'exists') : undefined
    return found && truth ? { ...found, selector: { ...found.selector, ...truth } } : found
  }
  const headers = headersAt(source.base, scope)
  const there = fields.filter(({ load }) => headers.includes(load.header) && load.offset === source.offset)
  const whole = there.find(({ load }) => load.bits === undefined && load.length === source.length)
  if (whole) return whole
  const part = there.find(({ load }) => load.bits && load.length === source.length && mask && isWithin(mask, load.bits))
  if (part) return { ...part, bits: (part.load as { bits: Named['bits'] }).bits! }
  return there.find(({ load, selector }) => load.length > source.length && datatypes[selector.type].shape === 'address')
}

function isWithin(mask: Uint8Array, { shift, count }: { shift: number; count: number }): boolean {
  const bits = number(mask)
  return bits !== 0n && (bits & ~(((1n << BigInt(count)) - 1n) << BigInt(shift))) === 0n
}

/** The number that bytes are, most significant first. */
export const number = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
