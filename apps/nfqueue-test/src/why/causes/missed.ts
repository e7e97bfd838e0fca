import type { ChainRule, MissedRule, TraceStep } from '@nfkit/nftables'
import { printClause } from '@nfkit/nftables'
import { type Cause, cause, type Evidence } from '../cause.ts'
import { type Feeder, hasMet } from '../feeder.ts'
import { ruleText, stepText } from '../words.ts'

type Condition = MissedRule['conditions'][number]

/** Why no program judged a packet that rules let through: one cause for each rule that queues, or that there is none. */
export function unjudged(evidence: Evidence): readonly Cause[] {
  const { feeders, firewalls, path, queues } = evidence
  if (feeders.length === 0 && firewalls.length > 0) return []
  if (feeders.length === 0)
    return [
      cause('no rule', 'no rule of nf_tables hands packets to a queue', 'add one: nfqueue-test 0 --rule CONDITION'),
    ]
  const met = feeders.filter(({ rule }) => hasMet(path, rule))
  if (met.length === 0) return feeders.flatMap((feeder) => missed(feeder, evidence))
  const unread = met.find(({ first, last }) => !queues.some(({ queue }) => first <= queue && queue <= last))
  if (unread === undefined) return []
  return [
    cause(
      'bypass',
      `passed unjudged: ${ruleText(unread.rule)} lets packets on while no program reads the queue`,
      'start the reader',
    ),
  ]
}

function missed(feeder: Feeder, { path, header }: Evidence): readonly Cause[] {
  const { rule, table, at } = feeder
  const about = ruleText(rule)
  if (table.dormant)
    return [cause('asleep', `${about}: its table sleeps`, `nft add table ${table.family} ${table.name} wakes it`)]
  if (at.length === 0)
    return [
      cause('unreached', `${about}: no base chain leads to it`, `jump to ${rule.chain} from one, or give it a hook`),
    ]
  const family = { ip: 4, ip6: 6 }[rule.family as string]
  if (family !== undefined && family !== header.version)
    return [
      cause(
        'family',
        `${about} is about IPv${family}, and the packet is of IPv${header.version}`,
        'use a table of the family inet',
      ),
    ]
  const hooks = at.map(({ base }) => base!.hook)
  const passed = path.hooks.map(({ hook }) => hook)
  if (!hooks.some((hook) => (passed as readonly string[]).includes(hook)))
    return [
      cause(
        'hook',
        `${about} is at ${hooks.join(', ')}, and the packet passed ${passed.join(', ')}`,
        'packets to this host pass input, packets through it forward, packets from it output',
      ),
    ]
  const told = path.missed.find((one) => one.rule.handle === rule.handle && one.rule.table === rule.table)
  if (told === undefined) return []
  return told.conditions.length > 0 ? [unmet(rule, told.conditions[0]!, path.steps)] : [before(rule, path.steps)]
}

/** A condition that did not hold. */
function unmet(rule: ChainRule, condition: Condition, steps: readonly TraceStep[]): Cause {
  const text = `${ruleText(rule)}: "${printClause(condition)}" does not hold`
  const has = (...kinds: readonly string[]) =>
    steps.find((step) => step.rule?.body.some(({ kind }) => kinds.includes(kind)) === true)
  const on = condition.left.join(' ')
  if (on.startsWith('ct ')) {
    const by = has('notrack')
    if (by)
      return cause(
        'notrack',
        `${text}, since ${stepText(by)} took the packet out of tracking`,
        'take out notrack, or the condition',
      )
  }
  const translated = has('dnat', 'snat', 'redirect', 'masquerade')
  if (translated && /saddr|daddr|sport|dport/.test(on))
    return cause(
      'translated',
      `${text}: ${stepText(translated)} has changed the packet before`,
      'name what it is changed to, or queue in front of it',
    )
  if (/\bmark\b/.test(on))
    return cause('mark', text, 'compare the bits that are meant alone: meta mark and MASK == VALUE')
  if (/^[io]if/.test(on)) return cause('interface', text, 'name the interface that packets come by: ip -br link')
  return cause('condition', text, 'the packet is not what the rule asks for')
}

/** A rule the packet never came to. */
function before(rule: ChainRule, steps: readonly TraceStep[]): Cause {
  const ended = steps.findLast(
    ({ table, family, verdict }) => table === rule.table && family === rule.family && verdict?.kind === 'accept',
  )
  if (ended?.rule)
    return cause(
      'earlier accept',
      `${ruleText(rule)} was never reached: ${stepText(ended)} accepted the packet before`,
      'put the rule that queues in front of it',
    )
  return cause(
    'not reached',
    `${ruleText(rule)} was never reached`,
    'look at the steps: a return or a goto led past it',
  )
}
