import { assertName } from './name.ts'

/** What becomes of a packet, at the end of a rule or as the value of a map. */
export type Verdict =
  /** On to the base chains behind this one; gone; back to the rule behind the jump; on to the next rule. */
  | { readonly kind: 'accept' | 'drop' | 'return' | 'continue' }
  /** To the chain of that name and, at its end, back here, or to where this chain was jumped to from. */
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }

/** A chain to go to: a value that `table.chain` makes, or the name of one in the same table. */
export type ChainName =
  | string
  /** What has the name of a chain. */
  | { readonly name: string }

/** The packet goes on to the base chains behind this one. */
export const accept = (): Verdict => Object.freeze({ kind: 'accept' })
/** The packet is gone. */
export const drop = (): Verdict => Object.freeze({ kind: 'drop' })
/** Back to the rule behind the jump; in a base chain, its policy. nft's word is `return`. */
export const returns = (): Verdict => Object.freeze({ kind: 'return' })
/** On to the next rule, as the value of a map: nft's word is `continue`. */
export const goOn = (): Verdict => Object.freeze({ kind: 'continue' })
/** To a chain and, at its end, back here. Throws `EncodeError` for what is no name of a chain. */
export const jump = (chain: ChainName): Verdict => Object.freeze({ kind: 'jump', chain: chainName(chain) })
/** To a chain and, at its end, back to where this chain was jumped to from. Throws `EncodeError` for what is no name of a chain. */
export const goto = (chain: ChainName): Verdict => Object.freeze({ kind: 'goto', chain: chainName(chain) })

const chainName = (chain: ChainName): string => assertName('chain', typeof chain === 'string' ? chain : chain?.name)

/** Whether a statement is a verdict. */
export const isVerdict = (statement: { readonly kind: string }): statement is Verdict =>
  ['accept', 'drop', 'return', 'continue', 'jump', 'goto'].includes(statement.kind)
