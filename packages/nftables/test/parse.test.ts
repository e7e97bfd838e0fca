import { describe, expect, test } from 'vitest'
import { parse, RuleSyntaxError } from '../src/index.ts'
import { conditions, frames, lookups, statements, translations } from './corpus.ts'

const corpus = [
  ...conditions,
  ...frames,
  ...lookups,
  ...statements,
  ...translations.prerouting,
  ...translations.postrouting,
]

test.each(corpus)('%s is read', (text) => {
  expect(parse(text).length).toBeGreaterThan(0)
})

test('a rule is read as its functions make it', async () => {
  const { accept, comment, counter, ct, ip, meta, tcp, drop, queue, vmap } = await import('../src/index.ts')
  expect(
    parse('ip saddr 10.1.2.3/8 tcp dport { 443, 80 } ct state new,established counter accept comment "x"'),
  ).toEqual([
    ip.saddr.is('10.0.0.0/8'),
    tcp.dport.in([443, 80]),
    ct.state.in(['established', 'new']),
    counter(),
    accept(),
    comment('x'),
  ])
  expect(parse('meta mark & 0xff == 1 queue flags bypass to 0-3')).toEqual([
    meta.mark.masked(0xff).is(1),
    queue(0, 3, { bypass: true }),
  ])
  expect(parse('meta mark & 0xff == 1 queue num 0-3 bypass')).toEqual(
    parse('mark & 255 == 1 queue flags bypass to 0-3'),
  )
  expect(parse('tcp dport vmap { 22 : accept, 1-9 : drop }')).toEqual([
    vmap(tcp.dport, [
      [22, accept()],
      [{ from: 1, to: 9 }, drop()],
    ]),
  ])
  expect(parse('tcp flags syn / fin,syn')).toEqual(parse('tcp flags & (fin | syn) == syn'))
  expect(parse('meta iifname "lo" accept')).toEqual(parse('iifname lo accept'))
})

describe('what is no rule is refused with the place and what would work', () => {
  test.each([
    ['ip sadr 10.0.0.1', 0, /there is no "ip sadr": did you mean "ip saddr"/],
    ['tcp dport 22 acept', 13, /there is no "acept": did you mean "accept"/],
    ['tcp dport', 9, /the rule ends, and a value is missing/],
    ['tcp dport 65536', 10, /65536 does not fit into 2 bytes \(inet_service\)/],
    ['tcp dport htp', 10, /"htp" is no inet_service: write a number/],
    ['tcp dport { 80, 443', 19, /"," is missing/],
    ['tcp dport { }', 10, /the list is empty/],
    ['tcp dport 80-', 10, /"80-" is neither a value nor a range/],
    ['tcp dport http-alt', 10, /"http-alt" is neither a value nor a range/],
    ['tcp dport 443-80', 10, /the range 443-80 ends before it begins/],
    ['ip saddr 10.0.0.0/33', 9, /is no IPv4 address/],
    ['ip saddr fe80::1', 9, /no IPv4 address: match the other family with ip6/],
    ['ip6 saddr 10.0.0.1', 10, /no IPv6 address: match the other family with ip/],
    ['ct state nw', 9, /"nw" is no ct_state: did you mean "new"/],
    ['ct state new accept extra', 20, /"extra" is no condition/],
    ['meta mark set ip saddr', 14, /ip saddr is of ipv4_addr, and mark is needed/],
    ['ip saddr set 10.0.0.1', 13, /it cannot be written/],
    ['limit rate 10', 13, /a rate, as 2 mbytes\/second is missing/],
    ['limit rate 10/fortnight', 11, /a rate is written 10\/second/],
    ['queue num 70000', 6, /to: 70000|from: 70000/],
    ['queue num 3 bypas', 12, /"bypas" is no condition/],
    ['reject with tcp rest', 7, /there is no answer "tcp rest": did you mean "tcp reset"/],
    ['log level loud', 4, /level: "loud" is none of/],
    ['add blocked { ip saddr }', 4, /a set is missing, as @blocked/],
    ['comment "a', 8, /the quoted text does not end/],
    ['jump', 4, /the name of a chain is missing/],
    ['ip dscp 64', 8, /it has 6 bits: from 0 to 63/],
    ['tcp dport . ip saddr 80 . 10.0.0.1 }', 35, /"}" is no condition/],
    ['vmap { 1 : accept }', 0, /"vmap" is no condition/],
    ['tcp dport vmap { 1 : acept }', 21, /"acept" is no verdict/],
    ['dnat to 10.0.0', 5, /neither an IPv4 nor an IPv6 address/],
  ])('%s', (text, offset, reason) => {
    const error = (() => {
      try {
        return parse(text)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(RuleSyntaxError)
    expect((error as RuleSyntaxError).message).toMatch(reason)
    expect((error as RuleSyntaxError).offset).toBe(offset)
    expect((error as RuleSyntaxError).text).toBe(text)
  })
})
