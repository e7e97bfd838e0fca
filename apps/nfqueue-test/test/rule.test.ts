import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { iptablesMatches } from '../src/rule/iptables-match.ts'
import { installNft, nftCanQueue, nftLeftovers } from '../src/rule/nft.ts'
import { isGone, makerIn, nameOf, ourselves } from '../src/rule/own-name.ts'

describe('conditions of nft in the words of iptables', () => {
  const both = (match: string) => ({ iptables: match, ip6tables: match })
  const translations: readonly [string, object][] = [
    ['tcp dport 2222', both('-p tcp -m tcp --dport 2222')],
    ['udp sport 1000-2000', both('-p udp -m udp --sport 1000:2000')],
    ['tcp dport { 80, 443 }', both('-p tcp -m multiport --dports 80,443')],
    ['tcp dport != 22 tcp sport 5', both('-p tcp -m tcp ! --dport 22 -m tcp --sport 5')],
    ['ip saddr 10.0.0.0/8 tcp dport 22', { iptables: '-p tcp -s 10.0.0.0/8 -m tcp --dport 22' }],
    ['ip6 daddr != 2001:db8::1', { ip6tables: '! -d 2001:db8::1' }],
    ['iifname "eth0" meta l4proto sctp', both('-p sctp -i eth0')],
    ['icmp type echo-request', { iptables: '-p icmp -m icmp --icmp-type echo-request' }],
    ['ct state new,related', both('-m conntrack --ctstate NEW,RELATED')],
    ['meta mark 0x7', both('-m mark --mark 0x7')],
    ['-p udp --dport 53', both('-p udp --dport 53')],
  ]
  test.each(translations)('%s', (text, expected) => expect(iptablesMatches(text)).toEqual(expected))

  test.each([
    ['tcp flags syn', /"tcp flags syn" has no translation/],
    ['tcp', /"tcp.*" has no translation/],
    ['tcp dport ssh', /"tcp dport ssh" has no translation/],
    ['ip saddr ::1', /"ip saddr ::1" has no translation/],
    ['tcp dport 1 udp dport 1', /tcp and udp at once/],
    ['ip saddr 10.0.0.1 ip6 daddr ::1', /IPv4 and IPv6 at once/],
  ])('%s: one sentence', (text, sentence) => expect(() => iptablesMatches(text)).toThrow(sentence))
})

test('a name tells its maker, and whether that is gone', () => {
  const name = nameOf(ourselves())
  expect(name).toMatch(/^nfqueue_test_\d+_\w+$/)
  expect(nameOf({ pid: 4_194_304, start: 1e9 }).length).toBeLessThanOrEqual(28)
  expect(makerIn(name)).toEqual(ourselves())
  expect(isGone(ourselves())).toBe(false)
  // The same number, but started at another time: another process.
  expect(isGone({ pid: process.pid, start: 1 })).toBe(true)
  expect(isGone({ pid: 0x7fff_fffe, start: 1 })).toBe(true)
  expect(makerIn('nfqueue_test_x')).toBeUndefined()
})

describe('nft', () => {
  // A kernel with NFT_QUEUE is not at hand everywhere: what is asked of nft is checked here.
  const { PATH } = process.env
  let folder: string
  const log = () => readFileSync(join(folder, 'log'), 'utf8')
  const answer = (script: string) => {
    writeFileSync(join(folder, 'nft'), `#!/bin/sh\necho "nft $*" >> ${folder}/log\ncat >> ${folder}/log\n${script}\n`)
    chmodSync(join(folder, 'nft'), 0o755)
  }
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-nft-'))
    process.env['PATH'] = `${folder}:${PATH}`
  })
  afterEach(() => {
    process.env['PATH'] = PATH
    rmSync(folder, { recursive: true })
  })

  test('a table of our own: checked, installed, emptied before it is deleted', () => {
    answer('exit 0')
    expect(nftCanQueue()).toBe(true)
    expect(log()).toContain('nft --check -f -')
    const rule = installNft('nfqueue_test_1_a', { text: 'tcp dport 22', hook: 'input', queue: 7 })
    expect(log()).toContain(
      'table inet nfqueue_test_1_a { chain packets { type filter hook input priority filter; policy accept; tcp dport 22 queue flags bypass to 7; }; }',
    )
    rule.detach()
    rule.remove()
    expect(log()).toMatch(/flush table inet nfqueue_test_1_a\nnft -f -\ndelete table inet nfqueue_test_1_a\n$/)
  })

  test('what nft does not like is one sentence; without queueing it is not used', () => {
    answer('echo "Error: syntax error, unexpected newline" >&2; exit 1')
    expect(nftCanQueue()).toBe(false)
    expect(() => installNft('t', { text: 'tcp dport', hook: 'input', queue: 0 })).toThrow(
      'the rule "tcp dport" cannot be installed: nft: Error: syntax error, unexpected newline',
    )
  })

  test('leftovers are tables of processes that have ended', () => {
    const alive = nameOf(ourselves())
    answer(`echo "table inet filter"; echo "table inet ${alive}"; echo "table inet nfqueue_test_2147483646_1"`)
    const [left, ...more] = nftLeftovers()
    expect([left, more]).toEqual([
      expect.objectContaining({ text: 'nft table inet nfqueue_test_2147483646_1', pid: 2_147_483_646 }),
      [],
    ])
    expect(left?.remove()).toBeUndefined()
    expect(log()).toContain('delete table inet nfqueue_test_2147483646_1\n')
  })

  test('where the tool may not be asked, that is said', () => {
    answer('echo "Operation not permitted (you must be root)" >&2; exit 1')
    expect(() => nftLeftovers()).toThrow(
      'what is left cannot be found: nft: Operation not permitted (you must be root)',
    )
  })
})
