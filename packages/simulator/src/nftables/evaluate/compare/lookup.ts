import { type ExpressionData, nftFlags, objectType } from '@nfkit/netlink-codec/nftables'
import { nftCode, type Outcome, type Run, type Step } from '../../state/chain.ts'
import { placeOf, verdictRegister } from '../../state/registers.ts'
import type { NftElementState, NftSetState } from '../../state/set.ts'
import { objectKey } from '../../state/table.ts'
import { type Context, needed, registerOf, unknown } from '../context.ts'
import { storeBytes } from '../load/store.ts'
import { verdictOf } from '../verdict.ts'

/** The set of a name, which is known to be there. */
export const setOf = ({ table }: Context, name: string | undefined): NftSetState => needed(table.sets.get(name ?? ''))

/** What a packet meets in an element it finds (nft_set_elem_update_expr). */
export function met({ steps }: NftElementState, run: Run): Outcome {
  for (const step of steps) if (step(run) === nftCode.break) return nftCode.break
  return undefined
}

/** nft_lookup_eval. */
export function lookup({ set: name, sreg, dreg, flags = 0 }: ExpressionData<'lookup'>, context: Context): Step {
  const set = setOf(context, name)
  const [from, length] = [registerOf(sreg), set.keyLength]
  const inverts = (flags & nftFlags.lookup.inv) !== 0
  const load = loadOf(dreg)
  const { clock } = context.host
  return (run) => {
    const found = set.find(run.registers.subarray(from, from + length), clock.uptime)
    if ((found !== undefined) === inverts) return nftCode.break
    if (!found) return undefined
    return met(found, run) ?? load(found, run.registers)
  }
}

/** What comes of an element's data: nothing, a verdict, or a value in a register. */
function loadOf(dreg: number | undefined): (element: NftElementState, registers: Uint8Array) => Outcome {
  if (dreg === undefined) return () => undefined
  if (dreg === verdictRegister) return ({ value, chains }) => verdictOf(value.data?.verdict, chains[0])
  const at = placeOf(dreg)
  return ({ value }, registers) => {
    if (value.data?.value) storeBytes(registers, at, value.data.value)
    return undefined
  }
}

/** Does what an object does: one that is named, or one that a map has for a key (nft_objref_eval, nft_objref_map_eval). */
export function objref(data: ExpressionData<'objref'>, context: Context): Step {
  const { table, host } = context
  const { immType, immName, setName, setSreg } = data
  const at = (type: typeof immType, name: string) =>
    table.objects.get(objectKey(typeof type === 'string' ? objectType[type] : (type ?? 0), name))
  if (immName !== undefined) return at(immType, immName)?.step ?? unknown()
  const set = setOf(context, setName)
  const [from, length] = [registerOf(setSreg), set.keyLength]
  return (run) => {
    const name = set.find(run.registers.subarray(from, from + length), host.clock.uptime)?.value.objref
    if (name === undefined) return nftCode.break
    return at(set.value.objType, name)?.step?.(run)
  }
}
