import { littleEndian, u32 } from '@nfkit/netlink-codec'
import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import type { Held, Registers } from './register.ts'
import { selectorLength, sourceOf } from './source.ts'

/** What an expression puts into a register: the register, and what it then holds. `undefined` when it writes none. */
export function loaded(registers: Registers, expression: Expression): readonly [number, Held] | undefined {
  const source = sourceOf(expression)
  if (source) return [dregOf(expression)!, { source, length: selectorLength(source), by: [expression] }]
  switch (expression.name) {
    case 'immediate': {
      const { dreg = 0, data } = expression.data ?? {}
      const constant = data?.value
      return dreg === 0 || constant === undefined
        ? undefined
        : [dreg, { constant, length: constant.length, by: [expression] }]
    }
    case 'bitwise':
      return changed<'bitwise'>(registers, expression, expression.data, masked)
    case 'byteorder':
      return changed<'byteorder'>(registers, expression, expression.data, turned)
    default:
      return undefined
  }
}

/** The register an expression writes. */
export const dregOf = ({ data }: Expression): number | undefined => (data as { dreg?: number } | undefined)?.dreg

function changed<Name extends 'bitwise' | 'byteorder'>(
  registers: Registers,
  expression: Expression,
  data: ExpressionData<Name> | undefined,
  change: (held: Held, data: ExpressionData<Name>) => Partial<Held> | undefined,
): readonly [number, Held] | undefined {
  const { sreg, dreg } = (data ?? {}) as { readonly sreg?: number; readonly dreg?: number }
  const held = registers.get(sreg)
  if (held === undefined || dreg === undefined) return undefined
  const { length, by } = held
  const then = held.source && change(held, data!)
  return [dreg, { ...(then && { ...held, ...then }), length, by: [...by, expression] }]
}

/** `(x & mask) ^ xor`, done twice, is done once with other constants. What was kept of one byte may be moved to the right then. */
function masked(
  held: Held,
  { op = 'maskXor', len, mask, xor, data }: ExpressionData<'bitwise'>,
): Partial<Held> | undefined {
  if (held.shift !== undefined) return undefined
  if (op === 'rshift' && held.mask && held.length === 1 && len === 1 && data?.value?.length === 4)
    return { shift: u32(data.value, 0) }
  const [kept, turnedOver] = [mask?.value, xor?.value]
  if (op !== 'maskXor' || kept?.length !== held.length || turnedOver?.length !== held.length || len !== held.length)
    return undefined
  return {
    mask: held.mask ? and(held.mask, kept) : kept,
    xor: held.xor ? and(held.xor, kept).map((byte, i) => byte ^ turnedOver[i]!) : turnedOver,
  }
}

const and = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte & b[i]!)

/** One number, to network order: what was done to it before was done to its bytes the other way round. */
function turned(held: Held, { op, len, size }: ExpressionData<'byteorder'>): Partial<Held> | undefined {
  if (op !== 'hton' || len !== held.length || size !== held.length || held.turned || held.shift) return undefined
  const { mask, xor } = held
  return { turned: true, ...(mask && { mask: reversed(mask) }), ...(xor && { xor: reversed(xor) }) }
}

const reversed = (bytes: Uint8Array): Uint8Array => (littleEndian ? bytes.toReversed() : bytes)
