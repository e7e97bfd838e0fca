import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { installRule } from '../src/rule/install.ts'
import { installIptables } from '../src/rule/iptables.ts'
import { iptablesMatches } from '../src/rule/iptables-match.ts'
import { fateOf, makerIn, nameOf, ourselves } from '../src/rule/own-name.ts'

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
    ['tcp', /"tcp" has no translation/],
    ['tcp dport ssh', /"tcp dport ssh" has no translation/],
    ['ip saddr ::1', /"ip saddr ::1" has no translation/],
    ['tcp dport 1 udp dport 1', /tcp and udp at once/],
    ['ip saddr 10.0.0.1 ip6 daddr ::1', /IPv4 and IPv6 at once/],
  ])('%s: one sentence', (text, sentence) => expect(() => iptablesMatches(text)).toThrow(sentence))
})

test('a name tells its maker, and whether that is gone', () => {
  const name = nameOf(ourselves())
  expect(name).toMatch(/^nfqtest_\w+_\w+_\w+$/)
  // The largest process number, a year of uptime, and the largest inode a namespace gets.
  expect(nameOf({ pid: 4_194_304, start: 3_153_600_000, namespace: 0xffff_ffff }).length).toBeLessThanOrEqual(28)
  expect(makerIn(name)).toEqual(ourselves())
  expect(fateOf(ourselves())).toBe('running')
  // The same number, but started at another time: another process.
  expect(fateOf({ ...ourselves(), start: 1 })).toBe('ended')
  expect(fateOf({ ...ourselves(), pid: 0x7fff_fffe })).toBe('ended')
  expect(makerIn('nfqtest_x')).toBeUndefined()
})

test('what a process of another pid namespace made is not judged by who has that number here', () => {
  const { namespace = 0 } = ourselves()
  expect(fateOf({ ...ourselves(), namespace: namespace + 1 })).toBe('foreign')
  expect(fateOf({ ...ourselves(), pid: 0x7fff_fffe, namespace: namespace + 1 })).toBe('foreign')
  expect(fateOf({ ...ourselves(), namespace: undefined })).toBe('foreign')
  const elsewhere = { pid: 7, start: 5, namespace: 0xf000_0123 }
  expect(makerIn(nameOf(elsewhere))).toEqual(elsewhere)
})

describe('iptables', () => {
  const { PATH } = process.env
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-iptables-'))
    process.env['PATH'] = `${folder}:${PATH}`
  })
  afterEach(() => {
    process.env['PATH'] = PATH
    rmSync(folder, { recursive: true })
  })

  test('a rule that came to be another one is removed and refused', () => {
    const saved =
      ':nfqtest_1_a - [0:0]\\n-A nfqtest_1_a -m comment --comment "-j NFQUEUE --queue-num 7 --queue-bypass"\\n'
    for (const tool of ['iptables', 'ip6tables']) {
      writeFileSync(join(folder, `${tool}-save`), `#!/bin/sh\nprintf '${saved}'\n`, { mode: 0o755 })
      writeFileSync(join(folder, `${tool}-restore`), `#!/bin/sh\ncat >> ${folder}/log\n`, { mode: 0o755 })
    }
    const rule = { text: '-p tcp', hook: 'input', queue: 7 } as const
    expect(() => installIptables('nfqtest_1_a', rule)).toThrow('the rule "-p tcp" would not feed queue 7')
    expect(readFileSync(join(folder, 'log'), 'utf8')).toContain('-X nfqtest_1_a')
  })
})

test.each(['-p tcp -m comment --comment "x', 'iifname "eth0', '"a\\"'])(
  'a quote that is not closed: %s',
  async (text) => {
    await expect(installRule({ text, hook: 'input', queue: 0 })).rejects.toThrow('a quote in the rule is not closed')
  },
)
