import { errno } from '@nfkit/netlink-codec'
import type { Expression, ExpressionData } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import { firstNarrow, narrow, placeOf, room, verdictRegister, wide } from '../state/registers.ts'
import type { Scope } from './scope.ts'

/** What of an expression's data are registers. */
const keys = new Set(
  'sreg dreg sreg2 sregKey sregData sregQnum setSreg sregAddr sregDev regAddrMin regAddrMax regProtoMin regProtoMax regAddr regPort'.split(
    ' ',
  ),
)

/** What a rule has written to its registers so far. */
export class Written {
  readonly #bytes = new Uint8Array(room)

  write(register: number, length: number): void {
    const at = placeOf(register)
    this.#bytes.fill(1, at, at + align4(length))
  }

  /** Throws `Refusal` for what was never written. */
  assert(register: number, length: number): void {
    const at = placeOf(register)
    if (this.#bytes.subarray(at, at + length).includes(0)) throw new Refusal(errno.ENODATA)
  }
}

const align4 = (length: number): number => (length + 3) & ~3

/** Registers as they are listed: by their old numbers, where these have one (nft_dump_register). Throws `Refusal`. */
export function listed(data: object): object {
  const entries = Object.entries(data).map(([key, value]) => {
    if (!keys.has(key) || value === undefined || value === verdictRegister) return [key, value]
    const at = placeOf(value)
    return [key, at % wide === 0 ? at / wide + 1 : at / narrow + firstNarrow]
  })
  return Object.fromEntries(entries)
}

/** The bytes an expression reads, and how many it writes; what it writes counts as a whole register where that is not said. */
interface Use {
  readonly reads?: readonly (readonly [register: number | undefined, length: number | undefined])[]
  readonly writes?: number | undefined
}

const names: readonly unknown[] = ['iifname', 'oifname', 'briIifname', 'briOifname', 'iifkind', 'oifkind', 'sdifname']

const uses: { readonly [name: string]: (data: never, scope: Scope) => Use } = {
  cmp: ({ sreg, data }: ExpressionData<'cmp'>) => ({ reads: [[sreg, data?.value?.length]] }),
  range: ({ sreg, fromData }: ExpressionData<'range'>) => ({ reads: [[sreg, fromData?.value?.length]] }),
  bitwise: ({ sreg, sreg2, len }: ExpressionData<'bitwise'>) => ({
    reads: [
      [sreg, len],
      [sreg2, len],
    ],
    writes: len,
  }),
  byteorder: ({ sreg, len }: ExpressionData<'byteorder'>) => ({ reads: [[sreg, len]], writes: len }),
  payload: ({ sreg, len }: ExpressionData<'payload'>) => ({ reads: [[sreg, len]], writes: len }),
  exthdr: ({ sreg, len }: ExpressionData<'exthdr'>) => ({ reads: [[sreg, len]], writes: len }),
  meta: ({ sreg, key }: ExpressionData<'meta'>) => ({
    reads: [[sreg, 1]],
    writes: names.includes(key) ? wide : narrow,
  }),
  ct: ({ sreg }: ExpressionData<'ct'>) => ({ reads: [[sreg, 1]] }),
  immediate: ({ data }: ExpressionData<'immediate'>) => ({ writes: data?.value?.length }),
  lookup({ set, sreg }: ExpressionData<'lookup'>, scope: Scope) {
    const { keyLength, dataLength } = scope.seen(set)
    return { reads: [[sreg, keyLength]], writes: dataLength }
  },
  dynset: ({ setName, sregKey, sregData }: ExpressionData<'dynset'>, scope: Scope) => ({
    reads: [
      [sregKey, scope.seen(setName).keyLength],
      [sregData, scope.seen(setName).dataLength],
    ],
  }),
}

/** Throws `Refusal` where an expression reads what none before it wrote (nft_parse_register_load). */
export function assertRegisters({ name, data }: Expression, written: Written, scope: Scope): void {
  if (data === undefined) return
  const { reads = [], writes = wide } = uses[name]?.(data as never, scope) ?? {}
  for (const [register, length = 1] of reads) if (register !== undefined) written.assert(register, length)
  const { dreg } = data as { readonly dreg?: number }
  if (dreg !== undefined && dreg !== verdictRegister) written.write(dreg, writes)
}
