import type { Rule, TableName } from '../world.ts'

const usual: readonly TableName[] = ['raw', 'mangle', 'filter', 'security']

/** Whether a rule is for packets of a version of IP. */
export const holds = (rule: Rule, version: 4 | 6): boolean => (rule.version ?? version) === version

/** Whether a rule is in the table `nat`: while that exists, every connection is translated, to itself at least. */
export const translates = ({ table }: Rule): boolean => table === 'nat'

/** What the kernel itself answers to our packets goes no further than this, before connection tracking sees it. */
const own = (version: 4 | 6) => `-A OUTPUT -m ${version === 4 ? 'ttl --ttl-eq 64' : 'hl --hl-eq 64'} -j DROP`

/** What REJECT is told to send. */
const rejections = {
  'tcp reset': { 4: 'tcp-reset', 6: 'tcp-reset' },
  port: { 4: 'icmp-port-unreachable', 6: 'icmp6-port-unreachable' },
} as const

/** Input of iptables-restore (ip6tables-restore): these rules and no others; the table `nat` only where some of them translate. */
export function ruleset(rules: readonly Rule[], version: 4 | 6): string {
  const lines: string[] = []
  const answers = rules.some(({ action }) => action.kind === 'reject')
  const tables = rules.some(translates) ? [...usual, 'nat' as const] : usual
  for (const table of tables) {
    lines.push(`*${table}`)
    if (table === 'raw' && !answers) lines.push(own(version))
    for (const rule of rules)
      if (rule.table === table && rule.family === undefined && holds(rule, version))
        lines.push(`-A ${ruleText(rule, version)}`)
    lines.push('COMMIT')
  }
  return `${lines.join('\n')}\n`
}

/** A rule as iptables writes it, the chain first. */
export function ruleText(rule: Rule, version: 4 | 6): string {
  const protocol = rule.protocol === 'icmp' && version === 6 ? 'ipv6-icmp' : rule.protocol
  return [
    rule.hook.toUpperCase(),
    ...(protocol === undefined ? [] : ['-p', protocol]),
    ...(rule.port === undefined ? [] : ['--dport', `${rule.port}`]),
    ...(rule.unlessMark === undefined ? [] : ['-m', 'mark', '!', '--mark', `${rule.unlessMark}`]),
    ...(rule.ifMark === undefined ? [] : ['-m', 'mark', '--mark', `${rule.ifMark}`]),
    ...(rule.ifConnmark === undefined ? [] : ['-m', 'connmark', '--mark', `${rule.ifConnmark}`]),
    ...(rule.state === undefined ? [] : ['-m', 'conntrack', '--ctstate', rule.state.toUpperCase()]),
    ...action(rule, version),
  ].join(' ')
}

function action({ action }: Rule, version: 4 | 6): string[] {
  switch (action.kind) {
    case 'queue': {
      const { number, last = number } = action
      const which = last === number ? ['--queue-num', `${number}`] : ['--queue-balance', `${number}:${last}`]
      const flags = [...(action.bypass ? ['--queue-bypass'] : []), ...(action.fanout ? ['--queue-cpu-fanout'] : [])]
      return ['-j', 'NFQUEUE', ...which, ...flags]
    }
    case 'accept':
      return ['-j', 'ACCEPT']
    case 'drop':
      return ['-j', 'DROP']
    case 'log':
      return [
        ...['-j', 'NFLOG', '--nflog-group', `${action.group}`],
        ...['--nflog-prefix', action.prefix, '--nflog-threshold', '1'],
      ]
    case 'reject':
      return ['-j', 'REJECT', '--reject-with', rejections[action.with][version]]
    case 'notrack':
      return ['-j', 'CT', '--notrack']
    case 'mark':
      return ['-j', 'MARK', '--set-mark', `${action.value}`]
    case 'connmark':
      return ['-j', 'CONNMARK', '--set-mark', `${action.value}`]
    case 'snat':
      return ['-j', 'SNAT', '--to-source', action.to]
    case 'dnat':
      return ['-j', 'DNAT', '--to-destination', action.to]
    case 'track':
      return ['-m', 'conntrack', '--ctstate', 'INVALID']
    case 'zone':
      return ['-j', 'CT', '--zone', `${action.value}`]
    case 'label':
      return ['-m', 'connlabel', '--label', `${action.value}`]
    case 'helper':
      return ['-j', 'CT', '--helper', action.name]
  }
}

/** Name of the table of bridge rules. */
export const bridgeTable = 'table bridge scenario'

/** Input of nft: the rules of the bridge family, in a chain of their own. */
export function bridgeRuleset(rules: readonly Rule[]): string {
  const queues = rules.flatMap(({ action }) => (action.kind === 'queue' ? [`queue num ${action.number}`] : []))
  return `add ${bridgeTable} { chain forward { type filter hook forward priority 0; ${queues.join('; ')}; }; }`
}
