import { SimulatedKernel } from '@nfkit/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ConntrackTable, openConntrack, parseSaveLine, saveLine } from '../src/index.ts'
import { kept, savedFlows } from './saved-flows.ts'

let ct: ConntrackTable
beforeEach(async () => {
  ct = await openConntrack(new SimulatedKernel().connect())
})
afterEach(() => ct.close())

test('a saved line, read back, makes the same flow, translated as before', async () => {
  for (const { what, flow } of savedFlows()) {
    await ct.create(flow)
    const [before] = await ct.dump().toArray()
    if (flow.nat) expect(before!.statusNames, what).toContain(flow.nat.source ? 'srcNat' : 'dstNat')
    const line = saveLine(before!)
    await ct.delete(before!)
    await ct.create(parseSaveLine(line))
    const [after] = await ct.dump().toArray()
    expect([what, line, kept(after!)]).toEqual([what, line, kept(before!)])
    expect(saveLine(after!)).toBe(line)
    await ct.flush()
  }
})

test('a saved line says what is translated as the tool does', async () => {
  const lines: string[] = []
  const wanted = /^udp over ipv[46], (another|both)[^,]*$/
  for (const { what, flow } of savedFlows().filter(({ what }) => wanted.test(what))) {
    await ct.create(flow)
    const [made] = await ct.dump().toArray()
    lines.push(`${what.slice(9)}: ${/-[rg] .* -[qn] \S+/.exec(saveLine(made!))![0].replace(/:\d{5}/g, ':P')}`)
    await ct.flush()
  }
  expect(lines).toEqual([
    'ipv4, another source: -r 198.51.100.2 -n 203.0.113.9',
    'ipv4, another source and port: -r 198.51.100.2 -n 203.0.113.9',
    'ipv4, another source port: -r 198.51.100.2 -n 192.0.2.1:P',
    'ipv4, another destination: -g 203.0.113.2 -q 192.0.2.1',
    'ipv4, another destination and port: -g 203.0.113.2 -q 192.0.2.1',
    'ipv4, another destination port: -g 198.51.100.2:P -q 192.0.2.1',
    'ipv4, both: -g 203.0.113.2 -n 203.0.113.9',
    'ipv4, both with ports: -g 203.0.113.2:P -n 203.0.113.9:P',
    'ipv6, another source: -r 2001:db8:0:1::2 -n 2001:db8::9',
    'ipv6, another source and port: -r 2001:db8:0:1::2 -n 2001:db8::9',
    'ipv6, another source port: -r 2001:db8:0:1::2 -n [2001:db8::1]:P',
    'ipv6, another destination: -g 2001:db8::8 -q 2001:db8::1',
    'ipv6, another destination and port: -g 2001:db8::8 -q 2001:db8::1',
    'ipv6, another destination port: -g [2001:db8:0:1::2]:P -q 2001:db8::1',
    'ipv6, both: -g 2001:db8::8 -n 2001:db8::9',
    'ipv6, both with ports: -g [2001:db8::8]:P -n [2001:db8::9]:P',
  ])
})

describe('what is no saved line is refused', () => {
  const line = '-A -t 60 -u UNSET -s 10.0.0.1 -d 10.0.0.2 -r 10.0.0.2 -q 10.0.0.1 -p udp --sport 1 --dport 2'
  test.each([
    ['', 'begins with -A'],
    ['-D -s 10.0.0.1', 'begins with -A'],
    [`${line} --sprot 5`, 'did you mean "--sport"?'],
    [`${line} -m`, '-m has no value'],
    [`${line} -m five`, 'conntrack -m: five is no whole number'],
    [line.replace('-t 60', '-t -1'), 'conntrack -t: -1 is no whole number'],
    [line.replace('UNSET', 'SEEN'), 'there is no status "SEEN"'],
    [line.replace('-p udp', '-p utp'), 'conntrack -p: utp is no whole number'],
    [line.replace('-s 10.0.0.1', ''), 'has -s and -d'],
    [`${line} --state ESTABLISHED`, 'has no state'],
    [`${line.replace('udp', 'tcp')} --state ESTABLISHD`, 'did you mean "ESTABLISHED"?'],
    [`${line.replace('udp', 'tcp')} --state constructor`, 'there is no state "constructor"'],
  ])('%s', (text, sentence) => {
    expect(() => parseSaveLine(text)).toThrow(sentence)
  })
})
