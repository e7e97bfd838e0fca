import { formatEnd, protocolName } from '@nfkit/inet'
import { printable } from '@nfkit/netlink-codec'
import { printRule, type TraceStep } from '@nfkit/nftables'
import { faint, notable, strong } from '../text/style.ts'
import { markText } from '../text/unit.ts'
import { paintedVerdict } from '../text/verdict.ts'
import type { TracedHeader } from './header.ts'
import type { Answer } from './why.ts'
import { chainText } from './words.ts'

/** An answer for people: the packet, its steps, and what decided. */
export function answerText(answer: Answer): string {
  const causes = answer.causes
    .map(({ text, fix }) => `${notable('→')} ${printable(text)}\n  ${printable(fix)}\n`)
    .join('')
  if (answer.kind === 'unseen') return causes
  const { path, header } = answer
  const way = path.hooks.map(({ hook, left }) => (left ? hook : `${hook} …`)).join(' > ')
  const { kind } = path.outcome
  const mark = path.packet.mark === 0 ? '' : `, mark ${markText(path.packet.mark)}`
  return `${strong(printable(headerText(header)))}${mark}: ${paintedVerdict(kind)} ${faint(`(${way})`)}\n${path.steps.map(stepLine).join('')}${causes}`
}

/** An answer as plain data. */
export function answerJson(answer: Answer): object {
  const { kind, causes } = answer
  if (kind === 'unseen') return { kind, causes }
  const { path, header } = answer
  return { kind, header, outcome: path.outcome.kind, hooks: path.hooks, steps: path.steps.map(stepJson), causes }
}

function headerText({ version, protocol, source, destination, sourcePort, destinationPort }: TracedHeader): string {
  if (version === undefined || protocol === undefined) return 'a packet'
  const from = formatEnd({ address: source, port: sourcePort })
  return `${protocolName(protocol)} ${from} > ${formatEnd({ address: destination, port: destinationPort })}`
}

function stepLine(step: TraceStep): string {
  const { base, verdict, kind, rule } = step
  const place = base === undefined ? '' : ` ${base.hook} ${base.priority}`
  const what = rule
    ? printable(printRule(rule))
    : kind === 'rule'
      ? 'a rule that is gone'
      : kind === 'policy'
        ? 'policy'
        : 'end'
  const source = rule?.source === undefined ? '' : faint(`  ${printable(rule.source)}`)
  return `  ${faint(`${printable(chainText(step))}${place}`)}  ${what}${verdictText(verdict)}${source}\n`
}

function verdictText(verdict: TraceStep['verdict']): string {
  if (verdict === undefined || verdict.kind === 'continue') return ''
  return ` ${paintedVerdict(verdict.kind, verdict.kind === 'queue' ? `queue ${verdict.queue}` : verdict.kind)}`
}

function stepJson({ family, table, chain, kind, rule, base, verdict }: TraceStep): object {
  return {
    family,
    table,
    chain,
    kind,
    hook: base?.hook,
    priority: base?.priority,
    handle: rule?.handle?.toString(),
    rule: rule && printRule(rule),
    source: rule?.source,
    verdict: verdict?.kind,
  }
}
