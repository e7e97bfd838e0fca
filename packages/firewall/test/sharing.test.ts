import type { Expression } from '@nfkit/netlink-codec/nftables'
import { parse, table } from '@nfkit/nftables'
import { expect, test } from 'vitest'
import { clashesOf, MarkClashError } from '../src/sharing/clash.ts'
import { ruleUses } from '../src/sharing/rules.ts'
import { savedRules } from '../src/sharing/saved.ts'
import type { MarkUse } from '../src/sharing/use.ts'

/** Who else uses marks, told by rules alone. */

const mask = 0xff00_0000
const chain = table('inet', 'others').chain('any')
const clashes = (uses: readonly MarkUse[]) =>
  clashesOf(mask, uses, { where: 'nf_tables', rule: '' }).map(({ of, bits }) => `${of} 0x${bits.toString(16)}`)
const ofRule = (text: string) => clashes(ruleUses(chain.rule(...parse(text))).uses)

test.each<[string, ...string[]]>([
  ['tcp dport 80 accept'],
  // A packet's bits are clear outside of a firewall: who looks for others finds them.
  ['meta mark 0xca6c accept'],
  ['meta mark & 0xff == 0x1 accept'],
  ['meta mark & 0xff000000 == 0 accept'],
  ['meta mark & 0xff000000 == 0x1000000 accept', 'packet 0x1000000'],
  ['meta mark 0x1000000-0x2000000 accept', 'packet 0x3000000'],
  ['meta mark { 0x1, 0x80000000 } accept', 'packet 0x80000000'],
  ['meta mark < 0x100 accept', 'packet 0xff000000'],
  ['meta mark set 0x1'],
  ['meta mark set 0xff'],
  ['meta mark set 0x1000001', 'packet 0x1000000'],
  ['meta mark set meta mark & 0xffff'],
  ['meta mark set meta mark | 0x10000000', 'packet 0x10000000'],
  // A connection's bits are the verdict: whoever compares or writes all of them is misled, or overwrites it.
  ['ct mark 0x1 accept', 'connection 0xff000000'],
  ['ct mark & 0xff == 0x1 accept'],
  ['ct mark set 0x1', 'connection 0xff000000'],
  ['ct mark set ct mark & 0xffffff00 | 0x7'],
  ['ct mark set ct mark | 0x1000000', 'connection 0x1000000'],
  ['ct mark set meta mark', 'packet 0xff000000', 'connection 0xff000000'],
  ['meta mark set ct mark', 'connection 0xff000000'],
  ['meta mark set ct mark & 0xff'],
  ['meta mark set ip saddr map { 10.0.0.1 : 0x1, 10.0.0.2 : 0x1000000 }', 'packet 0x1000000'],
  ['meta mark set ct mark map { 0x1 : 0x2 }', 'connection 0xff000000'],
  ['ct mark vmap { 0x1 : accept, 0x2 : drop }', 'connection 0xff000000'],
  ['ip saddr . meta mark { 10.0.0.1 . 0x40000000 } accept', 'packet 0x40000000'],
])('nft: %s', (text, ...expected) => {
  expect(ofRule(text)).toEqual(expected)
})

test('marks in a set that has a name cannot be looked at, and that is said', () => {
  const own = table('inet', 'others')
  const set = own.set('marks', { key: 'mark' })
  const rule = own.chain('any').rule({ kind: 'match', left: ['meta mark'], op: '==', right: { set: set.name } })
  expect(ruleUses(rule)).toEqual({ uses: [], unread: 'which marks are in the set marks' })
})

/** Options of an extension: numbers of 32 bits, then bytes. */
function extension(
  kind: 'match' | 'target',
  name: string,
  rev: number,
  words: number[],
  ...rest: number[]
): Expression {
  const info = new Uint8Array([...new Uint8Array(new Uint32Array(words).buffer), ...rest])
  return { name: kind, data: { name, rev, info } } as Expression
}

test.each<[string, Expression, ...string[]]>([
  ['-m mark --mark 0x1000000/0xff000000', extension('match', 'mark', 1, [0x0100_0000, mask], 0), 'packet 0x1000000'],
  ['-m mark --mark 0x1', extension('match', 'mark', 1, [1, 0xffff_ffff], 0)],
  ['-m connmark --mark 0x1', extension('match', 'connmark', 1, [1, 0xffff_ffff], 0), 'connection 0xff000000'],
  ['-m connmark --mark 0x1/0xff', extension('match', 'connmark', 1, [1, 0xff], 0)],
  ['-j MARK --set-xmark 0x1/0xffffffff', extension('target', 'MARK', 2, [1, 0xffff_ffff])],
  ['-j MARK --or-mark 0x2000000', extension('target', 'MARK', 2, [0x0200_0000, 0x0200_0000]), 'packet 0x2000000'],
  ['-j CONNMARK --set-mark 0x1', extension('target', 'CONNMARK', 1, [1, 0xffff_ffff, 0], 0), 'connection 0xff000000'],
  ['-j CONNMARK --set-xmark 0x1/0xff', extension('target', 'CONNMARK', 1, [1, 0xff, 0], 0)],
  [
    '-j CONNMARK --save-mark',
    extension('target', 'CONNMARK', 2, [0, 0xffff_ffff, 0xffff_ffff], 1, 0, 0),
    'packet 0xff000000',
    'connection 0xff000000',
  ],
  ['-j CONNMARK --save-mark --mask 0xff', extension('target', 'CONNMARK', 2, [0, 0xff, 0xff], 1, 0, 0)],
  [
    '-j CONNMARK --restore-mark',
    extension('target', 'CONNMARK', 2, [0, 0xffff_ffff, 0xffff_ffff], 2, 0, 0),
    'connection 0xff000000',
  ],
  [
    '-j TPROXY --tproxy-mark 0x1000000',
    extension('target', 'TPROXY', 1, [0xffff_ffff, 0x0100_0000]),
    'packet 0x1000000',
  ],
  ['-m comment', extension('match', 'comment', 0, [])],
])('iptables-nft: %s', (_, expression, ...expected) => {
  expect(clashes(ruleUses(chain.rule({ kind: 'expression', expression })).uses)).toEqual(expected)
})

test('a revision that is not known is said', () => {
  const rule = chain.rule({ kind: 'expression', expression: extension('target', 'MARK', 9, [1, 2]) })
  expect(ruleUses(rule).unread).toBe('revision 9 of the target MARK')
})

test.each<[string, ...string[]]>([
  ['-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT'],
  ['-A INPUT -m mark --mark 0x1000000/0xff000000 -j DROP', 'packet 0x1000000'],
  ['-A INPUT -m mark ! --mark 0x1/0xff -j DROP'],
  ['-A OUTPUT -m connmark --mark 0x1 -j DROP', 'connection 0xff000000'],
  ['-A OUTPUT -j MARK --set-xmark 0x3000000/0xffffffff', 'packet 0x3000000'],
  ['-A OUTPUT -p tcp -m comment --comment "-j MARK" -j CONNMARK --save-mark --nfmask 0xff --ctmask 0xff'],
  [
    '-A OUTPUT -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff',
    'packet 0xff000000',
    'connection 0xff000000',
  ],
  ['-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff', 'connection 0xff000000'],
  ['-A OUTPUT -j CONNMARK --set-xmark 0x1/0xffffffff', 'connection 0xff000000'],
])('iptables-save: %s', (line, ...expected) => {
  const [rule, ...more] = savedRules(`*mangle\n:OUTPUT ACCEPT [0:0]\n${line}\nCOMMIT\n`)
  expect(rule?.text).toBe(line)
  expect(clashes(rule!.uses)).toEqual(expected)
  expect(more).toEqual([])
})

test('the error names the rules, the first three of them, and what to do', () => {
  const all = [1, 2, 4, 8].map((bits) => ({ where: 'ip rule', rule: `${bits}`, of: 'packet', bits }) as const)
  const error = new MarkClashError(0xff, all)
  expect(error.message).toBe(
    `mask: 0xff has bits that others use: 0x1 of packets, in ip rule: "1"; 0x2 of packets, in ip rule: "2"; 0x4 of packets, in ip rule: "4", and 1 more. Choose other bits, or say onMarkClash: 'accept'`,
  )
  expect([error.name, error.mask, error.clashes]).toEqual(['MarkClashError', 0xff, all])
})
