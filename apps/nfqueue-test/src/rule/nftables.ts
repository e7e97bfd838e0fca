import { openMnl } from '@nfkit/mnl-native'
import {
  type Clause,
  CommitError,
  type Nftables,
  openNftables,
  parse,
  printRule,
  RuleSyntaxError,
  table,
  queue as toQueue,
} from '@nfkit/nftables'
import { UserError } from '../terminal/failure.ts'
import { holdWhilePacketsWait } from './hold.ts'
import { type InstalledRule, notQueueing, type QueueRule } from './queue-rule.ts'

/** nf_tables that can queue, and whose tables go with their program, on a socket of their own. */
export interface QueueingNftables {
  readonly nft: Nftables
  /** Descriptor of the socket. */
  readonly descriptor: number
}

/** Those of this network namespace; `undefined` where the kernel has none, or too old ones. Changes nothing. */
export async function queueingNftables(): Promise<QueueingNftables | undefined> {
  const transport = openMnl()
  let nft: Nftables | undefined
  try {
    nft = await openNftables(transport)
    const { owner, queue } = await nft.features()
    if (owner && queue !== undefined) return { nft, descriptor: transport.fd }
  } catch {
    // What is missing is said by iptables, which is tried next.
  }
  nft?.close()
  return undefined
}

/** What leads nowhere else: packets go on to the queue. */
const passing: readonly Clause['kind'][] = ['match', 'counter', 'limit', 'quota', 'log', 'assign']

/**
 * A table of our own, with one chain and one rule: however the program ends, the kernel takes it away. Only the rule goes at a normal end. A
 * base chain that goes makes the kernel drop all packets that wait in any queue of the network namespace (nfqnl_nf_hook_drop), so the
 * empty chain is held until none does.
 */
export async function installNftables(
  nftables: QueueingNftables,
  name: string,
  rule: QueueRule,
): Promise<InstalledRule> {
  try {
    return await installed(nftables, name, rule)
  } catch (error) {
    nftables.nft.close()
    throw explained(error, rule)
  }
}

async function installed({ nft, descriptor }: QueueingNftables, name: string, rule: QueueRule): Promise<InstalledRule> {
  const { hook, queue } = rule
  const own = table('inet', name, { owner: true })
  const chain = own.chain('packets', { hook, priority: 'filter' })
  const queueing = chain.rule(...conditionsOf(rule), toQueue(queue, { bypass: true }))
  await nft.commit((batch) => batch.add(own, chain, queueing))
  let attached = true
  const detach = async () => {
    if (attached) await nft.commit((batch) => batch.flush(chain))
    attached = false
  }
  const remove = async () => {
    await detach()
    const holder = holdWhilePacketsWait(descriptor)
    nft.close()
    return holder === undefined
      ? undefined
      : `the empty table ${name} until no packet waits in any queue (process ${holder})`
  }
  return { text: `nf_tables: table inet ${name}, hook ${hook}: ${printRule(queueing)}`, detach, remove }
}

function conditionsOf(rule: QueueRule): ReturnType<typeof parse> {
  const clauses = parse(rule.text)
  if (clauses.some(({ kind }) => kind !== 'comment' && !passing.includes(kind))) throw notQueueing(rule)
  return clauses
}

/** What was wrong with the rule, as a sentence about it. */
function explained(error: unknown, { text }: QueueRule): unknown {
  const reason =
    error instanceof CommitError
      ? error.failures[0]?.reason
      : error instanceof RuleSyntaxError
        ? error.message
        : undefined
  return reason === undefined ? error : new UserError(`the rule "${text}" cannot be installed: ${reason}`)
}
