import { type ExpressionData, type NftElement, nftFlags, type StatefulExpression } from '@nfkit/netlink-codec/nftables'
import { nftCode, type Outcome, type Run, type Step } from '../../state/chain.ts'
import type { NftElementState } from '../../state/set.ts'
import { type Context, registerOf } from '../context.ts'
import { begun, stepsOf } from '../meter/begin.ts'
import { met, setOf } from './lookup.ts'

type Dynset = ExpressionData<'dynset'>

/** Adds what registers hold to a set, or takes it away (nft_dynset_eval). */
export function dynset(data: Dynset, context: Context): Step {
  const set = setOf(context, data.setName)
  const { clock } = context.host
  const key = registerOf(data.sregKey)
  const value = data.sregData === undefined ? undefined : registerOf(data.sregData)
  const inverts = ((data.flags ?? 0) & nftFlags.dynset.inv) !== 0
  // A timeout of 0 is the set's own.
  const timeout = () => Number(data.timeout ?? 0n) || set.timeout
  const make = (registers: Uint8Array): NftElementState =>
    elementOf(expressionsOf(data) ?? expressionsOf(set.value) ?? [], context, {
      key: registers.slice(key, key + set.keyLength),
      value: value === undefined ? undefined : registers.slice(value, value + set.dataLength),
      timeout: timeout(),
    })
  const find = ({ registers }: Run): NftElementState | undefined => {
    const found = set.find(registers.subarray(key, key + set.keyLength), clock.uptime)
    return found?.isCatchall ? undefined : found
  }
  const act = (run: Run): Outcome => {
    const found = find(run)
    if (found) {
      if (data.op === 'update' && found.timeout > 0) found.expires = clock.uptime + timeout()
      return met(found, run)
    }
    if (set.isFull(clock.uptime)) return nftCode.break
    const made = make(run.registers)
    const dead = set.at(made)
    if (dead) set.kill(dead)
    set.put(made)
    return met(made, run)
  }
  if (data.op === 'delete')
    return (run) => {
      const found = find(run)
      if (found) {
        found.expires = clock.uptime
        set.kill(found)
      }
      return undefined
    }
  return inverts ? (run) => (act(run) === nftCode.break ? undefined : nftCode.break) : act
}

const noReferences = { sets: [], objects: [], chains: [] }

/** Where the rule says none, each element has those of the set. */
const expressionsOf = ({ expr, expressions = expr && [expr] }: Pick<Dynset, 'expr' | 'expressions'>) => expressions

function elementOf(
  expressions: readonly StatefulExpression[],
  context: Context,
  { key, value, timeout }: { key: Uint8Array; value: Uint8Array | undefined; timeout: number },
): NftElementState {
  const own = expressions.map(begun)
  const { uptime } = context.host.clock
  const element: NftElement = {
    key: { value: key },
    ...(value && { data: { value } }),
    ...(timeout > 0 && { timeout: BigInt(timeout) }),
    ...(own.length === 1 ? { expr: own[0] } : own.length > 1 && { expressions: own }),
  }
  return {
    key,
    keyEnd: undefined,
    isIntervalEnd: false,
    isCatchall: false,
    value: element,
    steps: stepsOf(own, context),
    isOfPacket: true,
    timeout,
    expires: timeout > 0 ? uptime + timeout : Number.POSITIVE_INFINITY,
    ...noReferences,
  }
}
