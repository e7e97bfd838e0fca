import { errno } from '@nfkit/netlink-codec'
import { type ExpressionData, nftFlags } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../../netlink/refusal.ts'
import type { Scope } from './scope.ts'

const { set: bits, lookup: lookupBits } = nftFlags
const defaultBurst = 5

/** What becomes of an expression's data, by its name: names in place of the caller's numbers, and what is listed though nobody said it. */
export const resolvers: { readonly [name: string]: (data: never, scope: Scope) => object } = {
  immediate(data: ExpressionData<'immediate'>, scope: Scope) {
    if (data.dreg === undefined || data.data === undefined) throw new Refusal(errno.EINVAL)
    if ((data.dreg === 0) !== (data.data.verdict !== undefined)) throw new Refusal(errno.EINVAL)
    return data.data.verdict ? { ...data, data: { verdict: scope.verdict(data.data.verdict) } } : data
  },
  lookup(data: ExpressionData<'lookup'>, scope: Scope) {
    const { setId, dreg, sreg, flags = 0 } = data
    const set = scope.set(data.set, setId)
    const isMap = (set.flags & (bits.map | bits.object)) !== 0
    if (sreg === undefined || (flags & lookupBits.inv && dreg !== undefined)) throw new Refusal(errno.EINVAL)
    if ((dreg !== undefined) !== isMap) throw new Refusal(errno.EINVAL)
    return { set: set.name, sreg, dreg, flags }
  },
  dynset({ setName, setId, ...data }: ExpressionData<'dynset'>, scope: Scope) {
    const set = scope.set(setName, setId)
    if (set.flags & bits.constant) throw new Refusal(errno.EBUSY)
    if (!(set.flags & (bits.timeout | bits.eval)) && (set.size !== undefined || set.keyLength <= 2))
      throw new Refusal(errno.EOPNOTSUPP)
    if (data.timeout !== undefined && !(set.flags & bits.timeout)) throw new Refusal(errno.EOPNOTSUPP)
    if ((data.expr || data.expressions) && !(set.flags & bits.eval)) throw new Refusal(errno.EOPNOTSUPP)
    return { setName: set.name, ...data }
  },
  objref({ setId, ...data }: ExpressionData<'objref'>, scope: Scope) {
    if (data.immName !== undefined) scope.object(data.immType, data.immName)
    else return { ...data, setName: scope.set(data.setName, setId).name }
    return data
  },
  bitwise(data: ExpressionData<'bitwise'>, { profile }: Scope) {
    const { op = 'maskXor' } = data
    if (!profile.registerBits && ['and', 'or', 'xor'].includes(op as string)) throw new Refusal(errno.EOPNOTSUPP)
    return { ...data, op }
  },
  counter: ({ bytes = 0n, packets = 0n }: ExpressionData<'counter'>) => ({ bytes, packets }),
  limit(data: ExpressionData<'limit'>) {
    const { rate = 0n, unit = 0n, burst = 0, type = 'pkts', flags = 0 } = data
    if (rate === 0n || unit === 0n) throw new Refusal(errno.EINVAL)
    return { rate, unit, burst: burst === 0 && type === 'pkts' ? defaultBurst : burst, type, flags }
  },
  queue(data: ExpressionData<'queue'>) {
    const { num, total = 1, flags = 0, sregQnum } = data
    if ((num === undefined) === (sregQnum === undefined) || total === 0) throw new Refusal(errno.EINVAL)
    if (num === undefined) return { sregQnum, flags }
    if (num + total - 1 > 0xffff) throw new Refusal(errno.ERANGE)
    return { num, total, flags }
  },
}
