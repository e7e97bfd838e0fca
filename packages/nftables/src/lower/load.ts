import { type Expression, type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import type { Load, Selector } from '../conditions/selector.ts'
import { selectorOf } from '../conditions/selector.ts'
import { bytesOf, ordered } from '../datatype/bytes.ts'
import type { Guard } from './protocol.ts'
import { compared, register, type Steps } from './steps.ts'

const bases = { link: 'llHeader', network: 'networkHeader', transport: 'transportHeader' } as const

/** How much of a field is needed, and whether it is asked only if there is one. */
export interface Extent {
  /** Bytes from its start; all by default. */
  readonly length?: number
  /** Only whether there is something. */
  readonly present?: boolean
}

/** Puts what is selected into a register, behind what guards the header it is in. Throws `EncodeError` for a header that cannot be there. */
export function load(steps: Steps, selector: Selector, dreg = register, extent: Extent = {}): void {
  guard(steps, selector)
  steps.push(loading(selector.load, dreg, extent))
}

/** Lets all stand that a header needs to be read. Throws `EncodeError` for a header that cannot be there. */
export function guard(steps: Steps, { load: from }: Selector): void {
  if (from.from === 'payload') for (const needed of steps.protocols.guardsOf(from.header)) stand(steps, needed)
}

/** Lets a guard stand in the rule. */
export function stand(steps: Steps, needed: Guard): void {
  const selector = selectorOf(needed.selector)
  const { load: from } = selector
  steps.push(
    loading(from, register, {}),
    compared('eq', ordered(selector, bytesOf(selector, needed.protocol, needed.selector))),
  )
  steps.protocols.settle(needed)
}

function loading(from: Load, dreg: number, { length, present = false }: Extent): Expression {
  switch (from.from) {
    case 'payload':
      return {
        name: 'payload',
        data: { dreg, base: bases[from.base], offset: from.offset, len: length ?? from.length },
      }
    case 'meta':
      return { name: 'meta', data: { dreg, key: from.key as ExpressionData<'meta'>['key'] } }
    case 'ct': {
      const { key, direction } = from
      return { name: 'ct', data: { dreg, key: key as ExpressionData<'ct'>['key'], ...(direction && { direction }) } }
    }
    case 'fib': {
      const bits: { readonly [flag: string]: number } = nftFlags.fib
      const flags = from.flags.reduce((sum, flag) => sum | bits[flag]!, present ? nftFlags.fib.present : 0)
      return { name: 'fib', data: { dreg, result: from.result as ExpressionData<'fib'>['result'], flags } }
    }
    default:
      return from satisfies never
  }
}
