import { UserError } from '../terminal/failure.ts'
import { iptablesMatches } from './iptables-match.ts'
import { fateOf, makerIn } from './own-name.ts'
import { type InstalledRule, type Leftover, notQueueing, type QueueRule, type RuleHook } from './queue-rule.ts'
import { expected, type Said, tool } from './tool.ts'

const families = ['iptables', 'ip6tables'] as const
type Family = (typeof families)[number]

/** The table whose built-in chain sits at a hook: filter where there is one. */
const tables: { readonly [hook in RuleHook]: 'filter' | 'mangle' } = {
  input: 'filter',
  forward: 'filter',
  output: 'filter',
  prerouting: 'mangle',
  postrouting: 'mangle',
}

/**
 * A chain of our own with one rule, reached from the front of the built-in chain. Chains and rules come and go without any hook being
 * unregistered, so no queued packet is lost. Installed for each IP version the condition can be about. It is also removed when the process
 * exits by itself: SIGKILL alone leaves it, and then it lets packets pass (bypass) until `iptablesLeftovers` are removed.
 */
export function installIptables(name: string, rule: QueueRule): InstalledRule {
  const { hook, queue, text } = rule
  const [table, chain] = [tables[hook], hook.toUpperCase()]
  const complaints: string[] = []
  const installed: string[] = []
  const remove = () => {
    for (const family of families) removeChain(family, table, name)
  }
  for (const [family, match] of Object.entries(iptablesMatches(text)) as [Family, string][]) {
    const script = [
      `*${table}`,
      `:${name} - [0:0]`,
      `-A ${name} ${match} -j NFQUEUE --queue-num ${queue} --queue-bypass`,
      `-I ${chain} -j ${name}`,
      'COMMIT\n',
    ]
    const { ok, complaint } = restore(family, script.join('\n'))
    if (ok && !isQueueing(family, table, name, queue)) {
      remove()
      throw notQueueing(rule)
    }
    if (ok)
      installed.push(`${family}: ${`chain ${name} from ${chain}: ${match}`.trim()} -j NFQUEUE --queue-num ${queue}`)
    else complaints.push(complaint)
  }
  if (installed.length === 0) throw new UserError(`the rule "${text}" cannot be installed: ${complaints[0]}`)
  let isThere = true
  const removeOnce = () => {
    if (isThere) remove()
    isThere = false
  }
  process.on('exit', removeOnce)
  const removed = async () => {
    removeOnce()
    return undefined
  }
  return { text: installed.join('; '), detach: removed, remove: removed }
}

/** Whether the rule has the target it was given: a target inside of a comment is none. */
function isQueueing(family: Family, table: string, name: string, queue: number): boolean {
  const target = ` -j NFQUEUE --queue-num ${queue} --queue-bypass`
  return lines(save(family, table)).some((line) => line.startsWith(`-A ${name} `) && line.endsWith(target))
}

export function iptablesLeftovers(): Leftover[] {
  return families.flatMap((family) => {
    let table = ''
    return lines(expected(save(family))).flatMap((line) => {
      if (line.startsWith('*')) table = line.slice(1)
      const name = /^:(\S+) /.exec(line)?.[1]
      const maker = name === undefined ? undefined : makerIn(name)
      const fate = maker && fateOf(maker)
      if (name === undefined || maker === undefined || fate === 'running') return []
      const [from, text] = [table, `${family} chain ${name} of table ${table}`]
      const isForeign = fate === 'foreign'
      return [{ text, pid: maker.pid, isForeign, remove: () => removeChain(family, from, name) }]
    })
  })
}

/** Remove a chain and what jumps to it, in one step; returns a complaint when it does not work. */
function removeChain(family: Family, table: string, name: string): string | undefined {
  const rules = lines(save(family, table))
  if (!rules.some((line) => line.startsWith(`:${name} `))) return undefined
  const jumps = rules.filter((line) => line.startsWith('-A ') && line.endsWith(` -j ${name}`))
  const deletions = jumps.map((line) => line.replace('-A', '-D'))
  const { ok, complaint } = restore(
    family,
    [`*${table}`, ...deletions, `-F ${name}`, `-X ${name}`, 'COMMIT\n'].join('\n'),
  )
  return ok ? undefined : complaint
}

const restore = (family: Family, script: string) => tool(`${family}-restore`, ['-w', '--noflush'], script)

const save = (family: Family, table?: string): Said => tool(`${family}-save`, table === undefined ? [] : ['-t', table])

const lines = ({ out }: Said): string[] => out.split('\n')
