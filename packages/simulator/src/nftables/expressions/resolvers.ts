import { errno } from '@nfkit/netlink-codec'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import { infoOf } from '../evaluate/compile.ts'
import { meters } from '../evaluate/meter/begin.ts'
import type { Scope } from './scope.ts'

const { set: bits, lookup: lookupBits, dynset: dynsetBits, nat: natBits } = nftFlags
/** Keys of `ct` that are of a direction. */
const directed = 'src dst protoSrc protoDst pkts bytes avgpkt zone srcIp dstIp srcIp6 dstIp6'.split(' ')

/** Throws `Refusal` for a key that has no name: no kernel has it. */
function assertKey(key: string | number | undefined): void {
  if (typeof key !== 'string') throw new Refusal(key === undefined ? errno.EINVAL : errno.EOPNOTSUPP)
}

const numberOf = (of: keyof typeof family | number): number => (typeof of === 'number' ? of : family[of])

/** One register is a range of one; flags say what there is. */
function portsOf({ regProtoMin, regProtoMax = regProtoMin, flags = 0 }: ExpressionData<'masq'>, more = 0): object {
  const all = flags | more | (regProtoMin === undefined ? 0 : natBits.protoSpecified)
  return { regProtoMin, regProtoMax, flags: all === 0 ? undefined : all }
}

/** What becomes of an expression's data, by its name: names in place of the caller's numbers, and what is listed though nobody said it. */
export const resolvers: { readonly [name: string]: (data: never, scope: Scope) => object } = {
  immediate(data: ExpressionData<'immediate'>, scope: Scope) {
    if (data.dreg === undefined || data.data === undefined) throw new Refusal(errno.EINVAL)
    if ((data.dreg === 0) !== (data.data.verdict !== undefined)) throw new Refusal(errno.EINVAL)
    return data.data.verdict ? { ...data, data: { verdict: scope.verdict(data.data.verdict) } } : data
  },
  lookup(data: ExpressionData<'lookup'>, scope: Scope) {
    const { setId, dreg, sreg, flags = 0 } = data
    if (data.set === undefined || sreg === undefined) throw new Refusal(errno.EINVAL)
    const set = scope.set(data.set, setId)
    const isMap = (set.flags & (bits.map | bits.object)) !== 0
    if (flags & lookupBits.inv && dreg !== undefined) throw new Refusal(errno.EINVAL)
    if ((dreg !== undefined) !== isMap) throw new Refusal(errno.EINVAL)
    for (const { chains } of set.elements.values()) for (const chain of chains) scope.leads(chain)
    return { set: set.name, sreg, dreg, flags }
  },
  dynset({ setName, setId, ...data }: ExpressionData<'dynset'>, scope: Scope) {
    if (setName === undefined || data.op === undefined || data.sregKey === undefined) throw new Refusal(errno.EINVAL)
    const set = scope.set(setName, setId)
    if (set.flags & bits.constant) throw new Refusal(errno.EBUSY)
    if (!(set.flags & (bits.timeout | bits.eval)) && (set.size !== undefined || set.keyLength <= 2))
      throw new Refusal(errno.EOPNOTSUPP)
    if (data.timeout !== undefined && !(set.flags & bits.timeout)) throw new Refusal(errno.EOPNOTSUPP)
    if ((data.expr || data.expressions) && !(set.flags & bits.eval)) throw new Refusal(errno.EOPNOTSUPP)
    const { expr, expressions = expr && [expr], flags = 0, timeout = 0n, ...more } = data
    const several = expressions && expressions.length > 1 ? { expressions } : { expr: expressions?.[0] }
    return { setName: set.name, ...more, timeout, flags: flags & dynsetBits.inv, ...several }
  },
  objref({ setId, ...data }: ExpressionData<'objref'>, scope: Scope) {
    if (data.immName !== undefined) scope.object(data.immType, data.immName)
    else return { ...data, setName: scope.set(data.setName, setId).name }
    return data
  },
  payload: (data: ExpressionData<'payload'>) =>
    data.sreg === undefined ? data : { csumType: 'none', csumOffset: 0, csumFlags: 0, ...data },
  exthdr: ({ flags = 0, ...data }: ExpressionData<'exthdr'>) => ({ ...data, flags }),
  hash: ({ offset, ...data }: ExpressionData<'hash'>) => ({ ...data, offset: offset || undefined }),
  bitwise(data: ExpressionData<'bitwise'>, { profile }: Scope) {
    const { op = 'maskXor' } = data
    if (!profile.registerBits && ['and', 'or', 'xor'].includes(op as string)) throw new Refusal(errno.EOPNOTSUPP)
    return { ...data, op }
  },
  meta(data: ExpressionData<'meta'>) {
    assertKey(data.key)
    return data
  },
  ct({ direction, ...data }: ExpressionData<'ct'>) {
    assertKey(data.key)
    return directed.includes(`${data.key}`) ? { ...data, direction } : data
  },
  log: (data: ExpressionData<'log'>) => (data.group === undefined ? { level: 'warning', ...data } : data),
  reject: ({ icmpCode, ...data }: ExpressionData<'reject'>) => (data.type === 'tcpRst' ? data : { ...data, icmpCode }),
  nat(data: ExpressionData<'nat'>, { family: of }: Scope) {
    const { regAddrMin, regAddrMax = regAddrMin, regProtoMin, type, family: wanted } = data
    if (type === undefined || (regAddrMin === undefined && regProtoMin === undefined)) throw new Refusal(errno.EINVAL)
    if (wanted === undefined) throw new Refusal(errno.EINVAL)
    if (of !== family.inet && of !== numberOf(wanted)) throw new Refusal(errno.EOPNOTSUPP)
    const mapped = regAddrMin === undefined ? 0 : natBits.mapIps
    return { ...data, regAddrMax, ...portsOf(data, mapped) }
  },
  masq: (data: ExpressionData<'masq'>) => ({ ...data, ...portsOf(data) }),
  redir: (data: ExpressionData<'redir'>) => ({ ...data, ...portsOf(data) }),
  ...Object.fromEntries(Object.entries(meters).map(([name, { begin }]) => [name, begin])),
  match: (data: ExpressionData<'match'>, { family: of }: Scope) => ({ ...data, info: infoOf('match', data, of) }),
  target: (data: ExpressionData<'target'>, { family: of }: Scope) => ({ ...data, info: infoOf('target', data, of) }),
  queue(data: ExpressionData<'queue'>) {
    const { num, total = 1, flags = 0, sregQnum } = data
    if ((num === undefined) === (sregQnum === undefined) || total === 0) throw new Refusal(errno.EINVAL)
    if (num === undefined) return { sregQnum, flags }
    if (num + total - 1 > 0xffff) throw new Refusal(errno.ERANGE)
    return { num, total, flags }
  },
}
