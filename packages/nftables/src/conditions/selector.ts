import { EncodeError } from '@nfkit/netlink-codec'
import { nearest } from '@nfkit/netlink-transport'
import type { Kind } from '../datatype/bytes.ts'
import { datatypes } from '../datatype/datatype.ts'
import { type Base, type HeaderName, headers } from './header.ts'
import { ctDirectionKeys, ctKeys, fibInputs, fibResults, interfaceKeys, type Key, metaKeys } from './key.ts'

/** How the kernel gets at a value: from the packet's bytes, or from what it knows of the packet. */
export type Load =
  | {
      readonly from: 'payload'
      readonly header: HeaderName
      readonly base: Base
      /** Bytes from the header's start. */
      readonly offset: number
      readonly length: number
      /** The bits of these bytes that the field is, where it is not all of them: how far left, and how many. */
      readonly bits?: { readonly shift: number; readonly count: number }
    }
  | { readonly from: 'meta'; readonly key: string }
  | { readonly from: 'ct'; readonly key: string; readonly direction?: 'original' | 'reply' }
  | { readonly from: 'fib'; readonly result: string; readonly flags: readonly string[] }

/** What of a packet a condition looks at. */
export interface Selector extends Kind {
  readonly load: Load
}

const keyed = (keys: { readonly [word: string]: Key }, prefix: string, load: (key: string) => Load) =>
  Object.entries(keys).map(([word, [key, type, length = datatypes[type].length, order]]): [string, Selector] => [
    `${prefix}${word}`,
    { type, length, load: load(key), ...(order && { order }) },
  ])

const payload = Object.entries(headers).flatMap(([name, { base, fields }]) =>
  Object.entries(fields).map(([field, [type, offset, count]]): [string, Selector] => {
    const start = offset >> 3
    const length = ((offset + count + 7) >> 3) - start
    const shift = 8 * (start + length) - offset - count
    const bits = count === 8 * length ? {} : { bits: { shift, count } }
    const load = { from: 'payload', header: name as HeaderName, base, offset: start, length, ...bits } as const
    return [`${name} ${field}`, { type, length, load }]
  }),
)

/** Every choice of the inputs, in nft's order. */
const inputs = Array.from({ length: 2 ** fibInputs.length }, (_, choice) =>
  fibInputs.filter((_, bit) => choice & (1 << bit)),
)

const fib = ['saddr', 'daddr'].flatMap((address) =>
  inputs.flatMap((more) => {
    const flags = [address, ...more]
    return keyed(fibResults, `fib ${flags.join(' . ')} `, (result) => ({ from: 'fib', result, flags }))
  }),
)

/** What conditions look at, by the words nft has for it: `ip saddr`, `meta mark`, `ct original packets`, `fib daddr . iif type`. */
export const selectors: ReadonlyMap<string, Selector> = new Map([
  ...payload,
  ...keyed(metaKeys, 'meta ', (key) => ({ from: 'meta', key })),
  ...keyed(interfaceKeys, '', (key) => ({ from: 'meta', key })),
  ...keyed(ctKeys, 'ct ', (key) => ({ from: 'ct', key })),
  ...(['original', 'reply'] as const).flatMap((direction) =>
    keyed(ctDirectionKeys, `ct ${direction} `, (key) => ({ from: 'ct', key, direction })),
  ),
  ...fib,
])

/** Returns the selector of that name. Throws `EncodeError` when nft has no such words. */
export function selectorOf(name: string): Selector {
  const selector = selectors.get(name)
  if (selector) return selector
  const near = nearest(name, [...selectors.keys()])
  throw new EncodeError('condition', `there is no "${name}"${near === undefined ? '' : `: did you mean "${near}"?`}`)
}
