import { errno } from '@nfkit/netlink-codec'
import { type ExpressionData, nftFlags, objectType } from '@nfkit/netlink-codec/nftables'
import { Refusal } from '../refusal.ts'
import type { NftElementState, NftSetState } from '../state/set.ts'
import { objectKey } from '../state/table.ts'
import { load } from './bytes.ts'
import { compileElement, compileObject } from './elements.ts'
import { type CompileContext, needed, reads, setNamed, writes } from './context.ts'
import type { Run, Step, StepOutcome } from './step.ts'
import { verdictOf } from './verdict.ts'

const { set: bits, lookup: lookupBits, dynset: dynsetBits } = nftFlags
const verdictRegister = 0

function lookup(data: ExpressionData<'lookup'>, context: CompileContext): Step {
  const set = setNamed(context, data.set, data.setId)
  const from = reads(context, data.sreg, set.keyLength)
  const inverts = ((data.flags ?? 0) & lookupBits.inv) !== 0
  const isMap = (set.flags & bits.map) !== 0
  if (data.dreg !== undefined && (inverts || !isMap)) throw new Refusal(errno.EINVAL)
  if (data.dreg === undefined && isMap) throw new Refusal(errno.EINVAL)
  const to = data.dreg === undefined || data.dreg === verdictRegister ? -1 : writes(context, data.dreg, set.value.dataLen ?? 4)
  if (data.dreg === verdictRegister) holdChains(set, context)
  return {
    run: (run) => {
      const element = found(set, run, from, context)
      if ((element !== undefined) === inverts) return 'break'
      if (!element) return undefined
      if (met(element, run) === 'break') return 'break'
      if (data.dreg === undefined) return undefined
      if (data.dreg === verdictRegister) return verdictOf(element.value.data?.verdict, context)
      load(run.registers, to, element.value.data?.value ?? new Uint8Array(0))
      return undefined
    },
  }
}

const found = (set: NftSetState, { registers }: Run, at: number, { host }: CompileContext): NftElementState | undefined =>
  set.find(registers.subarray(at, at + set.keyLength), host.uptime())

/** Expressions of the element run, too (nft_set_elem_update_expr). */
function met({ expressions }: NftElementState, run: Run): StepOutcome {
  for (const step of expressions?.steps ?? []) if (step.run(run) === 'break') return 'break'
  return undefined
}

/** What a verdict map leads to is reached from the rule. */
function holdChains(set: NftSetState, context: CompileContext): void {
  for (const { value } of set.elements.values()) {
    const chain = value.data?.verdict?.chain
    const known = chain === undefined ? undefined : context.table.chains.get(chain)
    if (known) context.chains.add(known)
  }
}

/** NFT_SET_MAXSIZE of sets that rules fill and that have no size. */
const usualSize = 65_535

function dynset(data: ExpressionData<'dynset'>, context: CompileContext): Step {
  const set = setNamed(context, data.setName, data.setId)
  if (set.flags & bits.constant) throw new Refusal(errno.EBUSY)
  const canUpdate = (set.flags & (bits.timeout | bits.eval)) !== 0 || (set.size === undefined && set.keyLength <= 2)
  if (!canUpdate) throw new Refusal(errno.EOPNOTSUPP)
  if (data.timeout !== undefined && !(set.flags & bits.timeout)) throw new Refusal(errno.EINVAL)
  const expressions = data.expressions ?? (data.expr && [data.expr])
  if (expressions && !(set.flags & bits.eval)) throw new Refusal(errno.EINVAL)
  const from = reads(context, data.sregKey, set.keyLength)
  const isMap = (set.flags & bits.map) !== 0
  const value = isMap ? reads(context, data.sregData, set.value.dataLen ?? 4) : -1
  const inverts = ((data.flags ?? 0) & dynsetBits.inv) !== 0
  const timeout = data.timeout === undefined ? set.timeout : Number(data.timeout)
  const place = { table: context.table, draft: context.draft, host: context.host, at: undefined }
  const act = (run: Run): StepOutcome => {
    const { registers } = run
    const now = context.host.uptime()
    const key = registers.slice(from, from + set.keyLength)
    const there = set.at(key, false)
    const living = there && there.expires > now ? there : undefined
    if (data.op === 'delete') {
      if (!living) return 'break'
      set.remove(living)
      return undefined
    }
    if (living) {
      if (data.op === 'update' && timeout > 0) living.expires = now + timeout
      return met(living, run)
    }
    if (countOf(set, now) >= (set.size ?? usualSize)) return 'break'
    const element = {
      key: { value: key },
      ...(isMap && { data: { value: registers.slice(value, value + (set.value.dataLen ?? 4)) } }),
      ...(data.expressions && { expressions: data.expressions }),
      ...(data.expr && { expr: data.expr }),
    }
    const made: NftElementState = {
      value: element,
      key,
      keyEnd: undefined,
      isIntervalEnd: false,
      isCatchall: false,
      timeout,
      expires: timeout > 0 ? now + timeout : Number.POSITIVE_INFINITY,
      expressions: compileElement(set, element, place),
    }
    set.put(made)
    return met(made, run)
  }
  return {
    run: (run) => {
      const outcome = act(run)
      return (outcome === 'break') === inverts ? undefined : 'break'
    },
  }
}

const countOf = (set: NftSetState, now: number): number => {
  let count = 0
  for (const _ of set.living(now)) count++
  return count
}

function objref(data: ExpressionData<'objref'>, context: CompileContext): Step {
  const { table, objects } = context
  if (data.setName !== undefined) {
    const set = setNamed(context, data.setName, data.setId)
    if (!(set.flags & bits.object)) throw new Refusal(errno.EINVAL)
    const from = reads(context, data.setSreg, set.keyLength)
    const type = set.value.objType
    return {
      run: (run) => {
        const name = found(set, run, from, context)?.value.objref
        const object = name === undefined ? undefined : table.objects.get(objectKey(typeNumber(type), name))
        return object ? compileObject(object, context).run(run) : 'break'
      },
    }
  }
  const object = table.objects.get(objectKey(typeNumber(data.immType), needed(data.immName)))
  if (!object) throw new Refusal(errno.ENOENT)
  objects.add(object)
  return { run: (run) => compileObject(object, context).run(run) }
}

const typeNumber = (type: keyof typeof objectType | number | undefined): number =>
  typeof type === 'number' ? type : type === undefined ? -1 : objectType[type]

export const lookups = { lookup, dynset, objref }
