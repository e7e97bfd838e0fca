import { tcp, udp } from '@nfkit/ip-codec/build'
import { type Clause, counter, openNftables, parse, printRuleset, table } from '@nfkit/nftables'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'

/** Few values, so that packets meet many conditions. */
const port = fc.constantFrom(0, 1, 80, 255, 256, 443, 0x8000, 0xffff)
const mark = fc.constantFrom(0, 1, 0x80, 0x100, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff)
const host = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.1.0.1', '192.0.2.128', '255.0.0.0')
const host6 = fc.constantFrom('2001:db8::1', '2001:db8::2', 'fd00::1')
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=')
const equality = fc.constantFrom('==', '!=')

const condition = fc.oneof(
  fc.tuple(fc.constantFrom('tcp dport', 'udp dport', 'tcp sport'), comparison, port).map((words) => words.join(' ')),
  fc
    .tuple(fc.constantFrom('tcp dport', 'th sport'), equality, port, port)
    .map(([what, op, a, b]) => `${what} ${op === '!=' ? '!= ' : ''}${Math.min(a, b)}-${Math.max(a, b)}`),
  fc.tuple(fc.constant('meta mark'), comparison, mark).map((words) => words.join(' ')),
  fc.tuple(mark, equality, mark).map(([mask, op, value]) => `meta mark & ${mask} ${op} ${value}`),
  fc
    .tuple(fc.constantFrom('ip saddr', 'ip daddr'), equality, host, fc.constantFrom(7, 8, 15, 16, 24, 31, 32))
    .map(([what, op, address, prefix]) => `${what} ${op} ${address}/${prefix}`),
  fc
    .tuple(equality, host6, fc.constantFrom(3, 32, 64, 127, 128))
    .map(([op, address, prefix]) => `ip6 saddr ${op} ${address}/${prefix}`),
  fc
    .tuple(equality, fc.constantFrom('lo', 'eth0', 'eth1', 'eth0000000000', 'eth*'))
    .map(([op, name]) => `iifname ${op} "${name}"`),
  fc.constantFrom('ct state new', 'ct state established', 'ct state invalid', 'ct mark 0', 'ct direction original'),
  fc.constantFrom('ip ttl 64', 'ip dscp cs1', 'meta l4proto 6', 'meta nfproto ipv6', 'tcp flags & (syn | ack) == syn'),
)

const packet = fc
  .tuple(fc.boolean(), fc.boolean(), host, host, host6, host6, port, port)
  .map(([isTcp, isIpv4, source, destination, source6, destination6, sourcePort, destinationPort]) => {
    const hosts = isIpv4 ? { source, destination } : { source: source6, destination: destination6 }
    const ends = { ...hosts, sourcePort, destinationPort }
    return isTcp ? tcp(ends, { syn: true }) : udp(ends)
  })

const way = fc.record({
  hook: fc.constantFrom('input' as const, 'output' as const),
  mark,
  device: fc.constantFrom('lo', 'eth0'),
})

/** Rules that are looked at, that count before they are, and that are run: of two counts the second is no condition. */
const before = { looked: [], counted: [counter()], run: [counter(), counter()] } as const
const ways = Object.keys(before) as (keyof typeof before)[]

/** What the rules of each chain have counted, each of their counters. */
async function countsOf(kernel: SimulatedKernel): Promise<{ readonly chain: string; readonly counts: string[][] }[]> {
  const nft = await openNftables(kernel.connect())
  const [, ...chains] = printRuleset(await nft.list()).split(/chain (?=\w+-\w+ {)/)
  nft.close()
  return chains.map((text) => ({
    chain: text.slice(0, text.indexOf(' ')),
    counts: text.split('\n').flatMap((line) => {
      const all = line.match(/counter packets \d+ bytes \d+/g)
      return all ? [all] : []
    }),
  }))
}

test('a rule is met by the same packets, whether its conditions are looked at before it is run or not', async () => {
  const rules = fc.array(fc.array(condition, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 40 })
  let met = 0
  await fc.assert(
    fc.asyncProperty(rules, fc.array(fc.tuple(packet, way), { minLength: 1, maxLength: 8 }), async (texts, packets) => {
      const kernel = new SimulatedKernel({ interfaces: { lo: 1, eth0: 2, eth1: 3 } })
      const fw = table('inet', 'fw')
      const chains = (['input', 'output'] as const).flatMap((hook) =>
        ways.map((how) => ({ how, chain: fw.chain(`${how}-${hook}`, { hook }) })),
      )
      const bodies = texts.flatMap((some) => {
        try {
          return [parse(some.join(' '))]
        } catch {
          return []
        }
      })
      const parts = chains.flatMap(({ how, chain }) =>
        bodies.map((body) => chain.rule(...before[how], ...body, counter())),
      )
      await kernel.load([fw, ...chains.map(({ chain }) => chain), ...parts]).catch(() => kernel.load([fw]))
      for (const [bytes, { hook, mark, device }] of packets) {
        const { path } = await kernel.deliver(bytes, {
          hook,
          mark,
          queue: null,
          ...(hook === 'input' ? { indev: device } : { outdev: device }),
        })
        const handles = (how: string) =>
          path.flatMap(({ chain, rule }) => (rule && chain === `${how}-${hook}` ? [Number(rule.handle)] : []))
        const [looked, counted, run] = [handles('looked'), handles('counted'), handles('run')]
        const offset = bodies.length
        expect(looked.map((handle) => handle + 2 * offset)).toEqual(run)
        expect(counted.map((handle) => handle + offset)).toEqual(run)
        met += run.length
      }
      const all = await countsOf(kernel)
      const counts = (how: string) => all.flatMap(({ chain, counts }) => (chain.startsWith(`${how}-`) ? counts : []))
      expect(counts('counted')).toEqual(counts('run').map(([, ...rest]) => rest))
    }),
    { numRuns: 80 },
  )
  expect(met).toBeGreaterThan(100)
})

test('what is longer than a register is not loaded for many rules: it would lie on the words of its neighbour', async () => {
  const bytes = tcp('10.0.0.1:1 > 10.0.0.2:2', { syn: true })
  const equal = (offset: number, len: number): Clause[] => [
    { kind: 'expression', expression: { name: 'payload', data: { dreg: 1, base: 'networkHeader', offset, len } } },
    {
      kind: 'expression',
      expression: { name: 'cmp', data: { sreg: 1, op: 'eq', data: { value: bytes.slice(offset, offset + 4) } } },
    },
  ]
  const kernel = new SimulatedKernel()
  const fw = table('ip', 'fw')
  const input = fw.chain('input', { hook: 'input' })
  const rules = [
    input.rule(...parse('meta mark 1'), ...equal(0, 20), ...equal(12, 4)),
    input.rule(...equal(12, 4), counter()),
  ]
  await kernel.load([fw, input, ...rules])
  const { path } = await kernel.deliver(bytes, { hook: 'input', queue: null })
  expect(path.map(({ rule }) => rule !== undefined)).toEqual([true, false])
})
