import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { freshHost, sh } from '../../../test/host.ts'
import { cli } from './cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'nfkit-changing-'))
afterAll(() => rmSync(folder, { recursive: true }))

const entries = [
  '-p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4000 --dport 22 --state ESTABLISHED -t 100 -u ASSURED,SEEN_REPLY -m 7',
  '-p udp -s fd00::1 -d fd00::2 --sport 53 --dport 5000 -t 1000',
  '-p icmp -s 10.0.0.1 -d 10.0.0.3 --icmp-type 8 --icmp-code 0 --icmp-id 9 -t 300',
]
const table = () =>
  sh('conntrack -L 2>/dev/null; conntrack -L -f ipv6 2>/dev/null')
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(\S+ +\d+) \d+/, '$1'))
    .sort()

beforeEach(() => {
  freshHost()
  sh('conntrack -F 2>/dev/null; true')
  for (const entry of entries) sh(`conntrack -I ${entry} 2>/dev/null`)
})

test('load makes of a file what conntrack -R makes of it', async () => {
  const saved = sh('conntrack -L -o save 2>/dev/null; conntrack -L -f ipv6 -o save 2>/dev/null')
  const file = join(folder, 'saved')
  writeFileSync(file, saved)
  sh(`conntrack -F 2>/dev/null; conntrack -R ${file} 2>/dev/null`)
  const theirs = table()
  sh('conntrack -F 2>/dev/null')
  const run = await cli(['flows', 'load', file])
  expect([run.code, run.out, run.err]).toEqual([0, `${saved.trim().split('\n').length} connections loaded\n`, ''])
  expect(table()).toEqual(theirs)
})

test('load reads standard input, and a line that is wrong is named before anything is made', async () => {
  sh('conntrack -F 2>/dev/null')
  const run = await cli(['flows', 'load', '-'], `-A ${entries[1]}\n\n-A -p tcp --nonsense 1\n`)
  expect([run.code, run.out]).toEqual([1, ''])
  expect(run.err).toMatch(/^nfqueue-test: standard input, line 3: .*--nonsense/)
  expect(table()).toEqual([''])
})

test('update changes what conntrack -U changes', async () => {
  sh('conntrack -U -p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4000 --dport 22 -m 0x10 2>/dev/null')
  const theirs = table()
  sh('conntrack -U -p tcp -s 10.0.0.1 -d 10.0.0.2 --sport 4000 --dport 22 -m 7 2>/dev/null')
  const run = await cli(['flows', 'update', '-p', 'tcp', '--dport', '22', '--set-mark', '0x10'])
  expect([run.code, run.out, run.err]).toEqual([0, '1 connection updated\n', ''])
  expect(table()).toEqual(theirs)
})

test('update by a mask leaves the other bits, and refuses to change nothing or everything', async () => {
  expect((await cli(['flows', 'update', '--mark', '7', '--set-mark', '0x80/0xf0'])).code).toBe(0)
  expect(table().join()).toMatch(/mark=135 /)
  expect((await cli(['flows', 'update', '-p', 'tcp'])).err).toMatch(/changes nothing: say --set-mark/)
  expect((await cli(['flows', 'update', '--set-mark', '1'])).err).toMatch(/name a filter/)
})

test('--zero sets counters to zero and shows those before; lists of the ending and the unconfirmed are empty here', async () => {
  sh('echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct; ip link set lo up')
  sh('iptables -w -I INPUT -m conntrack --ctstate NEW; ping -c 2 -i 0.2 127.0.0.1 >/dev/null')
  const packets = async (...more: string[]) => {
    const { out } = await cli(['flows', '-p', 'icmp', '-d', '127.0.0.1', '--json', ...more])
    return out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).original.packets)
  }
  expect(await packets('--zero')).toEqual([2])
  expect(await packets()).toEqual([0])
  expect(sh('conntrack -L -p icmp -d 127.0.0.1 2>/dev/null')).toMatch(/packets=0 /)
  for (const list of ['--dying', '--unconfirmed']) expect((await cli(['flows', list, '--json'])).out).toBe('')
})
