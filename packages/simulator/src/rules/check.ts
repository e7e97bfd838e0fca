import { check, type OptionNames } from '@nfkit/netlink-transport'
import type { HookName } from '../hooks/route.ts'
import type { LogAction } from '../log/action.ts'
import type { Rejection } from './rejection.ts'
import type { Rule } from './rule.ts'

const keys: { readonly [K in keyof Rule]-?: true } = {
  hook: true,
  table: true,
  priority: true,
  family: true,
  protocol: true,
  sourcePort: true,
  destinationPort: true,
  source: true,
  destination: true,
  indev: true,
  outdev: true,
  mark: true,
  connmark: true,
  label: true,
  direction: true,
  state: true,
  setMark: true,
  setConnmark: true,
  setLabel: true,
  notrack: true,
  snat: true,
  dnat: true,
  helper: true,
  zone: true,
  timeoutPolicy: true,
  log: true,
  verdict: true,
  rejectWith: true,
  queue: true,
  fanout: true,
  bypass: true,
}

const verdicts: { readonly [V in NonNullable<Rule['verdict']>]: true } = { accept: true, drop: true, reject: true }
const rejections: { readonly [R in Rejection]: true } = {
  'tcp reset': true,
  network: true,
  host: true,
  port: true,
  prohibited: true,
}
/** Where nf_tables takes the statement `reject` (nft_reject_inet_validate, net/netfilter/nft_reject_inet.c). */
const rejecting: readonly HookName[] = ['prerouting', 'input', 'forward', 'output']

/** Throws `TypeError` for a key that no rule has, and `RangeError` for what no kernel would take. */
export function checkRule(rule: Rule): void {
  check.options('a rule', rule, keys)
  if (rule.verdict !== undefined) check.word('verdict', rule.verdict, verdicts)
  checkLog(rule)
  checkRejection(rule)
  checkQueues(rule)
}

const logKeys: OptionNames<LogAction> = { group: true, prefix: true, length: true, threshold: true }

function checkLog({ log }: Rule): void {
  if (log === undefined) return
  check.options('log', log, logKeys)
  check.whole('group', log.group, 0, 0xffff)
}

function checkRejection({ verdict, rejectWith, hook, family, protocol }: Rule): void {
  if (rejectWith !== undefined) {
    check.word('rejectWith', rejectWith, rejections)
    if (verdict !== 'reject') throw new RangeError("rejectWith: it is for rules with the verdict 'reject'")
    if (rejectWith === 'tcp reset' && protocol !== 'tcp' && protocol !== 6)
      throw new RangeError("rejectWith: a rule that resets connections needs protocol: 'tcp'")
  }
  if (verdict === 'reject' && (family === 'bridge' || !rejecting.includes(hook)))
    throw new RangeError(`verdict: IP packets are rejected at ${rejecting.join(', ')}`)
}

function checkQueues({ queue }: Rule): void {
  if (queue === undefined) return
  const { first, count } = typeof queue === 'number' ? { first: queue, count: 1 } : queue
  if (!(count >= 1)) throw new RangeError(`a rule needs at least one queue, not ${count}`)
  if (!(first >= 0 && first + count - 1 <= 0xffff))
    throw new RangeError(`queues ${first} to ${first + count - 1} are not all between 0 and 65535`)
}
