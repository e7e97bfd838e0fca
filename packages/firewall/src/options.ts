import { type Checks, check, type Transport } from '@nfkit/netlink-transport'
import type { Estate } from './handover/estate.ts'
import type { FirewallHandover } from './handover/handover.ts'
import type { ConnectionJudge } from './judging/answer.ts'
import type { OpeningList } from './lists/opening.ts'
import { MarkBits } from './marks.ts'
import { checkNames, type NamesOptions, namesSettingsOf } from './names/options.ts'
import { type FirewallHook, firewallHooks } from './rules/hooks.ts'
import { alternatives, type ConnectionMatch } from './rules/matching.ts'

/** Which connections a firewall judges, and how. */
export interface FirewallOptions {
  /** Opens a socket to the kernel, several times: `openMnl`, or `() => kernel.connect()` of a simulated kernel. */
  readonly transport: () => Transport
  /** Of the firewall, and of its table in nf_tables: other firewalls have other names. */
  readonly name: string
  /** Where connections are met: at `input` those to this host, at `output` those from it, at `forward` those through it. */
  readonly hooks: readonly FirewallHook[]
  /**
   * Which connections are judged, by their first packets: all by default. Conditions in the language of nft (`tcp dport { 80, 443 }`), a typed
   * condition, or several in a list of their own, which must hold together; a list of these means any of them.
   */
  readonly match?: ConnectionMatch | readonly ConnectionMatch[] | undefined
  /** Judges a connection. */
  readonly judge: ConnectionJudge
  /**
   * What becomes of connections while no program judges, because it was killed or has not begun. `accept`: the kernel takes all rules back
   * with the program, and everything passes. `drop`: the rules stay; what was decided stays so, and nothing else passes.
   */
  readonly absent: 'accept' | 'drop'
  /** What becomes of packets on which nothing is decided: the judge has failed or is too slow, or too much waits. As `absent` says by default. */
  readonly onUnjudged?: 'accept' | 'drop' | undefined
  /** How long a packet waits for the judge: above 0 and up to 2,147,483,647; 5,000 by default. */
  readonly deadlineMilliseconds?: number | undefined
  /** Number of the queue, 0 to 65535; 0 by default. Other programs and other firewalls need other numbers. */
  readonly queue?: number | undefined
  /**
   * The bits of marks that belong to this firewall: 0xff000000 by default. Of packets they are cleared where it judges them; of connections they say
   * what was decided. No other program may use them, and no `ip rule` may look at them: see `onMarkClash`. Two hold what was decided; with the others, three at
   * least in all, epochs are told apart: the more, the more changes of the policy can follow each other at once.
   */
  readonly mask?: number | undefined
  /**
   * What is done where rules of nf_tables (those of iptables-nft included), `ip rule` or iptables-legacy use bits of the mask: `refuse`, the default, opens no
   * firewall and names the rules; `accept` opens it, and `markCheck` has them. Looked at once, at the opening.
   */
  readonly onMarkClash?: 'refuse' | 'accept' | undefined
  /** Tells the rules of iptables-legacy, where the kernel has tables of it: that of `@nfkit/firewall/linux`. Without it they are not looked at. */
  readonly legacyRules?: (() => string | PromiseLike<string>) | undefined
  /** The place among the base chains of each hook, above −199; −10 by default, behind translations of the destination. */
  readonly priority?: number | undefined
  /** Whether the host's connections to itself pass (the default) or are judged, too. */
  readonly loopback?: 'accept' | 'judge' | undefined
  /** Whether the kernel is asked to send connections with packets, where it can (`prefer`, the default), or they are looked up (`off`). */
  readonly conntrack?: 'prefer' | 'off' | undefined
  /**
   * Packets that may wait in the kernel for this program: 2,048 by default; more are dropped. While the firewall is handed over, as many first packets wait as come
   * meanwhile.
   */
  readonly maxLength?: number | undefined
  /** Connections whose judge may be undecided: 4,096 by default. Of more, packets are left to `onUnjudged`. */
  readonly undecided?: number | undefined
  /** Packets of one connection that may wait for its judge: 32 by default. More are left to `onUnjudged`. */
  readonly waitingPackets?: number | undefined
  /**
   * Sockets that outlive this program, so that another one can take the firewall over: `openMnl()` of a supervisor, `openMnl({ fd })` of who inherits them. Each
   * is opened and not read. See `firewall.handOver`.
   */
  readonly sockets?: LastingSockets | undefined
  /**
   * What the firewall before has said when it handed these `sockets` over. Without it, as after a crash, nothing counts that was decided before, and all connections
   * are judged on their next packet. So it is where it is refused: event `handoverRefused`.
   */
  readonly handover?: FirewallHandover | undefined
  /** What becomes of packets that a program before has read and not judged: they come again (`repeat`, the default), or pass, or do not. */
  readonly orphans?: 'repeat' | 'accept' | 'drop' | undefined
  /**
   * What is blocked from the first packet on, as `block` takes it: `['192.0.2.0/24', { where: '2001:db8::7', seconds: 600 }]`. Lists that an earlier run has left,
   * as it may with `absent: 'drop'`, hold until these do. With `handover`, the lists that were handed over go on, and this is not looked at.
   */
  readonly blocked?: OpeningList | undefined
  /** The same of what is allowed, as `allow` takes it. */
  readonly allowed?: OpeningList | undefined
  /** How names are found out about, for `block` and `allow` to take names; they take addresses and networks alone by default. */
  readonly names?: NamesOptions | undefined
  /**
   * Take all back after so many seconds unless `confirm` is called: for machines that are reached through the network that is judged. Until then
   * packets pass while no program judges, whatever `absent` says.
   */
  readonly confirmWithinSeconds?: number | undefined
  /** Closes the firewall when it aborts, and ends an opening that is under way. */
  readonly signal?: AbortSignal | undefined
}

/** What a firewall has in the kernel belongs to sockets. */
export interface LastingSockets {
  /** Its queue. */
  readonly queue: Transport
  /** Its rules, where they go with the program: `absent: 'accept'`. */
  readonly rules: Transport
  /** Its queue of DNS, where it lists `names`. */
  readonly dns?: Transport | undefined
}

const longestWait = 0x7fff_ffff / 1_000

const checks: Checks<FirewallOptions> = {
  transport: (value) => check.callable('transport', value),
  name: (value) => {
    if (typeof value !== 'string' || !/^[A-Za-z][\w./-]{0,63}$/.test(value))
      throw new TypeError(
        `name: ${JSON.stringify(value)} is no name of a table: a letter, then letters, digits and _ . / -, 64 at most`,
      )
  },
  hooks: (value) => {
    if (!Array.isArray(value) || value.length === 0)
      throw new TypeError('hooks: name where connections are met, in a list: input, output, forward')
    for (const hook of value) check.word('hooks', hook, firewallHooks)
  },
  match: (value) => alternatives(value as FirewallOptions['match']),
  judge: (value) => check.callable('judge', value),
  absent: (value) => check.word('absent', value, { accept: true, drop: true }),
  onUnjudged: (value) => check.word('onUnjudged', value, { accept: true, drop: true }),
  deadlineMilliseconds: (value) => check.milliseconds('deadlineMilliseconds', value),
  queue: (value) => check.whole('queue', value, 0, 0xffff),
  mask: (value) => new MarkBits(value as number),
  onMarkClash: (value) => check.word('onMarkClash', value, { refuse: true, accept: true }),
  legacyRules: (value) => check.callable('legacyRules', value),
  priority: (value) => check.whole('priority', value, -199, 0x7fff_ffff),
  loopback: (value) => check.word('loopback', value, { accept: true, judge: true }),
  conntrack: (value) => check.word('conntrack', value, { prefer: true, off: true }),
  maxLength: (value) => check.whole('maxLength', value, 1, 0xffff_ffff),
  undecided: (value) => check.whole('undecided', value, 1, 1_048_576),
  waitingPackets: (value) => check.whole('waitingPackets', value, 1, 65_536),
  sockets: (value) => check.options('sockets', value as LastingSockets, { queue: true, rules: true, dns: true }),
  handover: () => {},
  orphans: (value) => check.word('orphans', value, { repeat: true, accept: true, drop: true }),
  // Understood where the firewall is opened, and not kept: they may be long.
  blocked: () => {},
  allowed: () => {},
  names: (value) => checkNames(value as NamesOptions),
  confirmWithinSeconds: (value) => {
    if (typeof value !== 'number' || !(value > 0) || value > longestWait)
      throw new RangeError(
        `confirmWithinSeconds: ${String(value)} is no number of seconds above 0 and up to ${longestWait}`,
      )
  },
  signal: (value) => check.signal('signal', value),
}

/** What there must be. */
const needed = ['transport', 'name', 'hooks', 'judge', 'absent'] as const

/** The options with their defaults. Throws `TypeError` or `RangeError` with the option, the value and what is allowed; `RuleSyntaxError` for a match. */
export function settingsOf(options: FirewallOptions) {
  check.all('openFirewall', options, checks)
  for (const name of needed) checks[name](options[name])
  const { absent, mask = 0xff00_0000, match, hooks, onUnjudged = absent } = options
  if (options.names && (options.names.queue ?? 53) === (options.queue ?? 0))
    throw new RangeError('names.queue: it is the queue of connections: DNS needs one of its own')
  const { sockets, handover, names } = options
  if (handover && !sockets) throw new TypeError('handover: pass the sockets that were handed over, too')
  if (sockets && names && !sockets.dns)
    throw new TypeError('sockets.dns: where names are listed, pass a socket for the queue of DNS')
  if (sockets?.dns && !names) throw new TypeError('sockets.dns: without names there is no queue of DNS')
  const { blocked: _, allowed: __, ...kept } = options
  return {
    ...kept,
    hooks: [...new Set(hooks)],
    match: alternatives(match),
    marks: new MarkBits(mask),
    onUnjudged,
    deadlineMilliseconds: options.deadlineMilliseconds ?? 5_000,
    queue: options.queue ?? 0,
    priority: options.priority ?? -10,
    judgesLoopback: options.loopback === 'judge',
    conntrack: options.conntrack ?? 'prefer',
    maxLength: options.maxLength ?? 2_048,
    undecided: options.undecided ?? 4_096,
    waitingPackets: options.waitingPackets ?? 32,
    names: options.names && namesSettingsOf(options.names),
  } as const
}

/** Options, all of them known. */
export type FirewallSettings = ReturnType<typeof settingsOf> & {
  /** What the firewall before has left, where it is taken over. */
  readonly estate?: Estate | undefined
}
