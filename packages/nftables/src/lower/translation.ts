import { nftFlags } from '@nfkit/netlink-codec/nftables'
import { selectorOf } from '../conditions/selector.ts'
import { boundsOf, compare, kindOf } from '../datatype/bytes.ts'
import type { Interval } from '../datatype/value.ts'
import { isLookup, type ValueLookup } from '../statements/map/value.ts'
import { type AddressTranslation, type LocalTranslation, translationFlags } from '../statements/translation.ts'
import { guard } from './load.ts'
import { valueLookup } from './lookup.ts'
import { constant, type Steps } from './steps.ts'

/** The steps of `snat` and `dnat`. */
export function translate(steps: Steps, { kind, family, address, port, flags }: AddressTranslation): void {
  const registers = new Registers(steps, [address, port])
  const [regAddrMin, regAddrMax] = registers.put(family === 'ip' ? 'ipv4_addr' : 'ipv6_addr', address)
  const [regProtoMin, regProtoMax] = registers.put('inet_service', port)
  const bits = flagsOf(flags, port !== undefined)
  steps.push({
    name: 'nat',
    data: {
      type: kind,
      family: family === 'ip' ? 'ipv4' : 'ipv6',
      regAddrMin,
      regAddrMax,
      regProtoMin,
      regProtoMax,
      ...(bits === 0 ? {} : { flags: bits }),
    },
  })
}

/** The steps of `masquerade` and `redirect`. */
export function translateHere(steps: Steps, { kind, port, flags }: LocalTranslation): void {
  const [regProtoMin, regProtoMax] = new Registers(steps, [port]).put('inet_service', port)
  const bits = flagsOf(flags, port !== undefined)
  const data = { regProtoMin, regProtoMax, ...(bits === 0 ? {} : { flags: bits }) }
  steps.push(kind === 'masquerade' ? { name: 'masq', data } : { name: 'redir', data })
}

type AddressType = 'ipv4_addr' | 'ipv6_addr'

/** Constants, and what maps have, each in a register of its own. */
class Registers {
  readonly #steps: Steps
  #next = 1

  /** Guards use the first register: those of all look-ups come before anything is in it. */
  constructor(steps: Steps, all: readonly (Interval | ValueLookup | undefined)[]) {
    this.#steps = steps
    for (const one of all) if (isLookup(one)) for (const name of one.left) guard(steps, selectorOf(name))
  }

  /** The registers of the first and the last value; the last one alone is `undefined` where they are the same. */
  put(type: AddressType | 'inet_service', wanted: Interval | ValueLookup | undefined): readonly [number?, number?] {
    if (wanted === undefined) return []
    if (isLookup(wanted)) {
      valueLookup(this.#steps, wanted, type, this.#next)
      return [this.#next++]
    }
    const { from, to } = boundsOf(kindOf(type), wanted, 'translation')
    const first = this.#one(from)
    return compare(from, to) === 0 ? [first] : [first, this.#one(to)]
  }

  #one(bytes: Uint8Array): number {
    this.#steps.push(constant(bytes, this.#next))
    return this.#next++
  }
}

const flagsOf = (flags: readonly (keyof typeof translationFlags)[], hasPort: boolean): number =>
  flags.reduce((sum, flag) => sum | translationFlags[flag], hasPort ? nftFlags.nat.protoSpecified : 0)
