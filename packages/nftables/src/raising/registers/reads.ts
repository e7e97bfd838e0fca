import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { State } from '../state.ts'
import type { Held } from './register.ts'

/** Attributes that name a register an expression reads. */
const reading =
  /^(sreg|sreg2|sregKey|sregData|sregQnum|sregAddr|sregDev|setSreg|reg(Addr|Proto)(Min|Max)|regAddr|regPort)$/

/** What the registers hold that an expression reads; `undefined` when that is not known of one. */
export function reads({ registers, sets }: State, { name, data = {} }: Expression): readonly Held[] | undefined {
  const held: Held[] = []
  for (const [key, register] of Object.entries(data)) {
    if (!reading.test(key) || register === undefined) continue
    const { set, setName } = data as { readonly set?: string; readonly setName?: string }
    const known = key === 'sregKey' || key === 'setSreg' || name === 'lookup' ? sets(set ?? setName ?? '') : undefined
    const parts = known ? registers.parts(register as number, known.keyLength) : one(registers.get(register as number))
    if (parts === undefined) return undefined
    held.push(...parts)
  }
  return held
}

const one = (held: Held | undefined): readonly Held[] | undefined => held && [held]
