import { about, append, cmp, create, expression, families, hex, hooks, host, load, masked, verdict } from './values.mjs'

/**
 * Settings by which the machine's own answers show what they answer, and no answer is held back. Connections are not counted at first: rules that
 * look at counts begin that, for good.
 */
export const answersOf = {
  'net.ipv4.fwmark_reflect': 1,
  'net.ipv6.fwmark_reflect': 1,
  'net.ipv4.icmp_ratemask': 0,
  'net.ipv6.icmp.ratelimit': 0,
  'net.netfilter.nf_conntrack_acct': 0,
}
/** Beside tables of nf_tables: everything is tracked, and the kernel answers what is rejected. */
export const rulesBeside = [
  { hook: 'forward', table: 'filter', action: { kind: 'track' } },
  { hook: 'output', table: 'filter', ifMark: 0x7fff_fff1, action: { kind: 'reject', with: 'port' } },
]

/** The log group that tells of answers. */
export const logGroup = 5

const heard = 0x8000_0000

/**
 * A table that tells our answers from those of the machine, which nothing simulates: what comes in gets a bit, which the machine's answers have
 * then, and are dropped. Other answers begin without a mark, are told of to a log group, and do not arrive.
 */
export function observer() {
  const make = about(families.inet, 'observer')
  const base = (hooknum, priority) => ({ hook: { hooknum, priority }, type: 'filter' })
  const isAnswer = (version) => [
    load.meta('nfproto'),
    cmp('eq', hex(version === 4 ? '02' : '0a')),
    load.payload('networkHeader', version === 4 ? 8 : 7, 1),
    cmp('eq', hex('40')),
  ]
  const rule = (chain, ...expressions) => make('newRule', { chain, expressions }, create | append)
  return [
    { kind: 'newTable', family: families.inet, flags: create, value: { name: 'observer', flags: 2 } },
    make('newChain', { name: 'in', ...base(hooks.input, 30_000) }),
    make('newChain', { name: 'first', ...base(hooks.output, -30_000) }),
    make('newChain', { name: 'last', ...base(hooks.output, 30_000) }),
    ...[4, 6].map((version) => rule('in', ...isAnswer(version), verdict('drop'))),
    rule('in', load.meta('mark'), masked(host(0x7fff_ffff), host(heard)), expression('meta', { sreg: 1, key: 'mark' })),
    rule('first', load.meta('mark'), masked(host(heard), host(0)), cmp('neq', host(0)), verdict('drop')),
    ...[4, 6].flatMap((version) => [
      rule('first', ...isAnswer(version), load.constant(host(0)), expression('meta', { sreg: 1, key: 'mark' })),
      rule('last', ...isAnswer(version), expression('log', { group: logGroup })),
    ]),
  ]
}
