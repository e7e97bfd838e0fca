import type { ExpressionData } from '@nfkit/netlink-codec/nftables'
import { nftFlags } from '@nfkit/netlink-codec/nftables'
import { kindOf } from '../../datatype/bytes.ts'
import type { Interval } from '../../datatype/value.ts'
import type { ValueLookup } from '../../statements/map/value.ts'
import { type Translation, type TranslationFlag, translationFlags } from '../../statements/translation.ts'
import { ledTo } from '../lookup.ts'
import { intervalOf } from '../members.ts'
import type { Registers } from '../registers/register.ts'

/** The translation an expression makes of constants in registers; `undefined` when they hold something else. */
export function addressTranslation(registers: Registers, data: ExpressionData<'nat'>): Translation | undefined {
  const { type: kind, family, regAddrMin, regAddrMax, regProtoMin, regProtoMax } = data
  const flags = flagsOf(data.flags)
  if (flags === undefined || (kind !== 'snat' && kind !== 'dnat') || (family !== 'ipv4' && family !== 'ipv6'))
    return undefined
  const address = values(registers, family === 'ipv4' ? 'ipv4_addr' : 'ipv6_addr', regAddrMin, regAddrMax)
  const port = values(registers, 'inet_service', regProtoMin, regProtoMax)
  if (address === null || port === null) return undefined
  return Object.freeze({
    kind,
    family: family === 'ipv4' ? 'ip' : 'ip6',
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    flags,
  })
}

/** The same for `masquerade` and `redirect`. */
export function localTranslation(
  registers: Registers,
  kind: 'masquerade' | 'redirect',
  { flags: bits, regProtoMin, regProtoMax }: ExpressionData<'masq' | 'redir'>,
): Translation | undefined {
  const flags = flagsOf(bits)
  const port = values(registers, 'inet_service', regProtoMin, regProtoMax)
  if (flags === undefined || port === null) return undefined
  return Object.freeze({ kind, ...(port === undefined ? {} : { port }), flags })
}

/** Constants, or what a map has led to. */
function values(
  registers: Registers,
  type: 'ipv4_addr' | 'ipv6_addr' | 'inet_service',
  from: number | undefined,
  to: number | undefined,
): Interval | ValueLookup | undefined | null {
  const looked = to === undefined || to === from ? registers.get(from)?.looked : undefined
  return looked ? (ledTo(looked, kindOf(type)) ?? null) : constants(registers, type, from, to)
}

/** What two registers hold, from and to; `undefined` for none, `null` for what is no constant. */
function constants(
  registers: Registers,
  type: 'ipv4_addr' | 'ipv6_addr' | 'inet_service',
  from: number | undefined,
  to = from,
): Interval | undefined | null {
  if (from === undefined) return undefined
  const [first, last] = [registers.get(from)?.constant, registers.get(to)?.constant]
  const kind = kindOf(type)
  if (first?.length !== kind.length || last?.length !== kind.length) return null
  return intervalOf(kind, first, last) ?? null
}

/** The kernel adds what it knows from the registers. */
const implied = nftFlags.nat.mapIps | nftFlags.nat.protoSpecified

function flagsOf(bits = 0): readonly TranslationFlag[] | undefined {
  const words = (Object.keys(translationFlags) as TranslationFlag[]).filter((word) => bits & translationFlags[word])
  const known = words.reduce((sum, word) => sum | translationFlags[word], 0)
  return (bits & ~implied) === known ? Object.freeze(words) : undefined
}
