import { putU16 } from '@nfkit/netlink-codec'
import { type ExpressionData, type NftVerdict, nftFlags, type StatefulExpression } from '@nfkit/netlink-codec/nftables'
import { selectorOf } from '../conditions/selector.ts'
import { bytesOf, kindOf, ordered } from '../datatype/bytes.ts'
import type { Assign } from '../statements/assign.ts'
import type { Dynamic, ElementStatement } from '../statements/dynamic.ts'
import type { Log } from '../statements/log.ts'
import { secondsPer } from '../statements/meter.ts'
import type { Queue } from '../statements/queue.ts'
import { type Reject, rejectCodes } from '../statements/reject.ts'
import type { Clause } from '../statements/statement.ts'
import type { Verdict } from '../statements/verdict.ts'
import { compare } from './compare.ts'
import { load, stand } from './load.ts'
import { loadKey, objectLookup, valueLookup, verdictLookup } from './lookup.ts'
import { constant, masked, register, type Steps } from './steps.ts'
import { translate, translateHere } from './translation.ts'

type Lower<K extends Clause['kind']> = (steps: Steps, clause: Extract<Clause, { readonly kind: K }>) => void

const decide = (steps: Steps, verdict: Verdict): void =>
  steps.push({ name: 'immediate', data: { dreg: 0, data: { verdict: verdictData(verdict) } } })
const count = (steps: Steps, statement: ElementStatement): void => steps.push(stateful(statement))

/** How each kind of clause is told to the kernel. */
const lowerings: { readonly [K in Clause['kind']]: Lower<K> } = {
  match: compare,
  vmap: verdictLookup,
  accept: decide,
  drop: decide,
  return: decide,
  continue: decide,
  jump: decide,
  goto: decide,
  counter: count,
  limit: count,
  quota: count,
  object: (steps, { type, name }) => steps.push({ name: 'objref', data: { immType: type, immName: name } }),
  objects: objectLookup,
  queue: enqueue,
  reject,
  log: (steps, clause) => steps.push({ name: 'log', data: logged(clause) }),
  notrack: (steps) => steps.push({ name: 'notrack', data: {} }),
  assign: write,
  snat: translate,
  dnat: translate,
  masquerade: translateHere,
  redirect: translateHere,
  dynamic: change,
  expression: (steps, { expression }) => steps.push(expression),
}

/** The steps of a condition or a statement, as nft makes them. Throws `EncodeError` for what no packet could meet. */
export function lower(steps: Steps, clause: Clause): void {
  const one = lowerings[clause.kind] as Lower<Clause['kind']>
  one(steps, clause)
}

/** A verdict as rules and maps have it. */
export const verdictData = (verdict: Verdict): NftVerdict =>
  verdict.kind === 'jump' || verdict.kind === 'goto'
    ? { code: verdict.kind, chain: verdict.chain }
    : { code: verdict.kind }

/** What counts, as rules, elements and objects have it. */
export function stateful(statement: ElementStatement): StatefulExpression {
  switch (statement.kind) {
    case 'counter':
      return { name: 'counter', data: { bytes: statement.bytes ?? 0n, packets: statement.packets ?? 0n } }
    case 'limit':
      return {
        name: 'limit',
        data: {
          rate: BigInt(statement.rate),
          unit: BigInt(secondsPer[statement.per]),
          burst: statement.burst,
          type: statement.unit === 'packets' ? 'pkts' : 'pktBytes',
          flags: statement.over ? nftFlags.limit.inv : 0,
        },
      }
    case 'quota':
      return {
        name: 'quota',
        data: {
          bytes: statement.bytes,
          flags: statement.over ? nftFlags.quota.inv : 0,
          consumed: statement.used ?? 0n,
        },
      }
    default:
      return statement satisfies never
  }
}

/** Of iptables' target, `struct xt_NFQ_info_v3` (include/uapi/linux/netfilter/xt_NFQUEUE.h): number, total and flags in host order. */
function enqueue(steps: Steps, { from, to, bypass, fanout }: Queue): void {
  const total = to - from + 1
  const flags = (bypass ? nftFlags.queue.bypass : 0) | (fanout ? nftFlags.queue.cpuFanout : 0)
  if (steps.queue === 'expression') {
    steps.push({ name: 'queue', data: { num: from, total, flags } })
    return
  }
  const info = new Uint8Array(8)
  for (const [i, value] of [from, total, flags].entries()) putU16(info, 2 * i, value)
  steps.push({ name: 'target', data: { name: 'NFQUEUE', rev: 3, info } })
}

/** In a table of one family its own ICMP says what `icmpx` says in tables of both. */
const ownCodes = {
  ip: { 'no-route': 0, 'port-unreachable': 3, 'host-unreachable': 1, 'admin-prohibited': 13 },
  ip6: { 'no-route': 0, 'port-unreachable': 4, 'host-unreachable': 3, 'admin-prohibited': 1 },
} as const

function reject(steps: Steps, { with: answer }: Reject): void {
  const [kind, word] = answer.split(' ') as ['tcp' | keyof typeof rejectCodes, string]
  if (kind === 'tcp') {
    for (const guard of steps.protocols.guardsOf('tcp')) stand(steps, guard)
    steps.push({ name: 'reject', data: { type: 'tcpRst', icmpCode: 0 } })
    return
  }
  const codes: { readonly [word: string]: number } = rejectCodes[kind]
  if (kind === 'icmpx') {
    const { family } = steps
    const own =
      family === 'ip' || family === 'ip6' ? (ownCodes[family] as { readonly [word: string]: number }) : undefined
    const type = own ? 'icmpUnreach' : 'icmpxUnreach'
    steps.push({ name: 'reject', data: { type, icmpCode: (own ?? codes)[word]! } })
    return
  }
  const network = kind === 'icmp' ? 'ip' : 'ip6'
  if (!steps.protocols.isOnly(network)) for (const guard of steps.protocols.guardsOf(network)) stand(steps, guard)
  steps.push({ name: 'reject', data: { type: 'icmpUnreach', icmpCode: codes[word]! } })
}

function logged({ prefix, group, snaplen, queueThreshold, level }: Log): ExpressionData<'log'> {
  return { prefix, group, snaplen, qthreshold: queueThreshold, level: level === 'warn' ? 'warning' : level }
}

function write(steps: Steps, { target, value }: Assign): void {
  const kind = selectorOf(target)
  if ('value' in value) steps.push(constant(ordered(kind, bytesOf(kind, value.value, target))))
  else if ('lookup' in value) valueLookup(steps, value.lookup, kind.type)
  else {
    load(steps, selectorOf(value.from))
    if (value.and !== undefined) steps.push(masked(markBytes(value.and), markBytes(value.xor ?? 0)))
  }
  const { load: from } = kind
  if (from.from === 'meta')
    steps.push({ name: 'meta', data: { key: from.key as ExpressionData<'meta'>['key'], sreg: register } })
  if (from.from === 'ct')
    steps.push({ name: 'ct', data: { key: from.key as ExpressionData<'ct'>['key'], sreg: register } })
}

const markBytes = (value: number): Uint8Array => ordered(kindOf('mark'), bytesOf(kindOf('mark'), value, 'mark'))

function change(steps: Steps, { op, set, key, timeoutMilliseconds, body }: Dynamic): void {
  loadKey(steps, { left: key }, false)
  const timeout = timeoutMilliseconds === undefined ? {} : { timeout: BigInt(timeoutMilliseconds) }
  const expressions = body.map(stateful)
  const own = expressions.length === 0 ? {} : { flags: nftFlags.dynset.expr, expressions }
  steps.push({ name: 'dynset', data: { setName: set, op, sregKey: register, ...timeout, ...own } })
}
