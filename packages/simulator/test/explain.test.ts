import { packet } from '@nfkit/ip-codec/build'
import { accept, comment, drop, ip, jump, table, tcp } from '@nfkit/nftables'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectOutcome, SimulatedKernel, stepLine } from '../src/index.ts'

const fw = table('inet', 'fw')
const input = fw.chain('input', { hook: 'input', policy: 'drop' })
const ssh = fw.chain('ssh')

let kernel: SimulatedKernel
beforeEach(async () => {
  kernel = new SimulatedKernel({ profile: 'debian-6.12' })
  await kernel.load([
    fw,
    input,
    ssh,
    ssh.rule(ip.saddr.is('192.0.2.0/24'), accept()),
    ssh.rule(ip.saddr.in(['198.51.100.1', '198.51.100.2']), drop(), comment('banned')),
    input.rule(tcp.dport.in([22, 2222]), jump(ssh)),
  ])
})
afterEach(() => kernel.assertQuiet())

const lines = async (line: string) =>
  (await kernel.explain(await kernel.deliver(packet(line), { hook: 'input' }))).map(stepLine)

test('an outcome tells the path in nft’s words: the last one decided', async () => {
  expect(await lines('tcp 192.0.2.1:4000 > 203.0.113.1:22 syn')).toEqual([
    'inet fw input: tcp dport { 22, 2222 } jump ssh',
    'inet fw ssh: ip saddr 192.0.2.0/24 accept',
  ])
  expect(await lines('tcp 198.51.100.2:4000 > 203.0.113.1:22 syn')).toEqual([
    'inet fw input: tcp dport { 22, 2222 } jump ssh',
    'inet fw ssh: ip saddr { 198.51.100.1, 198.51.100.2 } drop comment "banned"',
  ])
  expect(await lines('udp 192.0.2.1:4000 > 203.0.113.1:53')).toEqual(['inet fw input: policy drop'])
})

test('expectOutcome says which rule took the packet instead', async () => {
  const sent = kernel.deliver(packet('tcp 198.51.100.2:4000 > 203.0.113.1:22 syn'), { hook: 'input' })
  await expect(expectOutcome(kernel, sent, { verdict: 'accept' })).rejects.toThrow(
    'expected verdict accept, got drop (drop: rule, never queued); last in inet fw ssh: ip saddr { 198.51.100.1, 198.51.100.2 } drop comment "banned"',
  )
})

test('a packet that met no rule has no path', async () => {
  const outcome = await kernel.deliver(packet('udp 192.0.2.1:4000 > 203.0.113.1:53'), { hook: 'output' })
  expect(await kernel.explain(outcome)).toEqual([])
})
