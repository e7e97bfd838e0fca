import { execFileSync } from 'node:child_process'
import { openMnl } from '@nfkit/mnl-native'
import { NetlinkError } from '@nfkit/netlink-transport'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  accept,
  comment,
  counter,
  drop,
  ip,
  ipv4Address,
  jump,
  type Nftables,
  openNftables,
  queue,
  RuleBatch,
  service,
  table,
  tcp,
  UncheckedError,
} from '../src/index.ts'

const nft = (...args: string[]) => execFileSync('nft', args).toString()
const fw = table('inet', 'fw')
const out = fw.chain('out', { hook: 'output' })
const regular = fw.chain('regular')

let ours: Nftables
beforeEach(async () => {
  ours = await openNftables(openMnl())
})
afterEach(() => {
  ours.close()
  nft('flush', 'ruleset')
})

describe('commit', () => {
  test('makes all of a batch, and tells the handles and the generation', async () => {
    const before = await ours.generation()
    const rules = [out.rule(tcp.dport.is(80), counter(), accept()), out.rule(drop(), comment('the rest'))]
    const { handles, generation } = await ours.commit((batch) => batch.add(fw, out, ...rules))
    expect(nft('-a', 'list', 'chain', 'inet', 'fw', 'out')).toContain(
      `tcp dport 80 counter packets 0 bytes 0 accept # handle ${handles.get(rules[0]!)}`,
    )
    expect(nft('-a', 'list', 'ruleset')).toContain(`drop comment "the rest" # handle ${handles.get(rules[1]!)}`)
    expect(handles.get(fw)).toBeTypeOf('bigint')
    expect(handles.get(out)).toBeTypeOf('bigint')
    expect(generation).toBe(before + 1)
    expect(await ours.generation()).toBe(generation)
  })

  test('takes a batch that was made before, and one that a function fills in its own time', async () => {
    await ours.commit(new RuleBatch().add(fw))
    await ours.commit(async (batch) => {
      await Promise.resolve()
      batch.add(regular)
    })
    expect(nft('list', 'ruleset')).toContain('chain regular')
  })

  test('of nothing does nothing', async () => {
    const before = await ours.generation()
    expect(await ours.commit(() => {})).toEqual({ generation: undefined, handles: new Map() })
    expect(await ours.generation()).toBe(before)
  })

  test('rejects with what the function throws, and sends nothing', async () => {
    const thrown = new Error('mine')
    const fails = ours.commit((batch) => {
      batch.add(fw)
      throw thrown
    })
    await expect(fails).rejects.toBe(thrown)
    expect(nft('list', 'tables')).toBe('')
  })

  test('puts rules where they are told to stand', async () => {
    const rule = (text: string) => regular.rule(counter(), comment(text))
    const [a, b, c, d, e, f] = ['a', 'b', 'c', 'd', 'e', 'f'].map(rule) as [
      ReturnType<typeof rule>,
      ...ReturnType<typeof rule>[],
    ]
    const { handles } = await ours.commit((batch) =>
      batch.add(fw, regular, a, b!).addAfter(a, c!).insertBefore(b!, d!).insert(e!, f!),
    )
    const order = () =>
      [...nft('list', 'chain', 'inet', 'fw', 'regular').matchAll(/comment "(\w)"/g)].map(([, text]) => text).join('')
    expect(order()).toBe('efacdb')
    await ours.commit((batch) =>
      batch
        .delete({ ...b!, handle: handles.get(b!)! })
        .replace(handles.get(a)!, rule('g'))
        .addAfter(handles.get(e!)!, rule('h')),
    )
    expect(order()).toBe('ehfgcd')
    await ours.commit((batch) => batch.flush(regular))
    expect(order()).toBe('')
  })

  test('makes, changes and takes away sets, maps and elements', async () => {
    const set = fw.set('blocked', { key: ipv4Address, interval: true, timeouts: true, comment: 'them' })
    const pairs = fw.set('pairs', { key: [ipv4Address, service], interval: true })
    const map = fw.map('judged', { key: 'mark', value: 'verdict' })
    const values = fw.map('marked', { key: ipv4Address, value: 'mark' })
    await ours.commit((batch) =>
      batch.add(
        fw,
        regular,
        set,
        pairs,
        map,
        values,
        set.element('10.0.0.0/8', { comment: 'home' }),
        set.element({ from: '192.0.2.1', to: '192.0.2.9' }, { timeoutSeconds: 3600 }),
        set.element('255.255.255.255'),
        pairs.element(['192.0.2.0/24', { from: 80, to: 443 }]),
        map.element(1, accept()),
        map.element(0x110000, jump(regular)),
        values.element('192.0.2.1', 7),
      ),
    )
    const listed = nft('list', 'ruleset')
    expect(listed).toMatch(/10\.0\.0\.0\/8 comment "home"/)
    expect(listed).toMatch(/192\.0\.2\.1-192\.0\.2\.9 timeout 1h expires/)
    expect(listed).toMatch(/255\.255\.255\.255/)
    expect(listed).toMatch(/192\.0\.2\.0\/24 \. 80-443/)
    expect(listed).toMatch(/0x00000001 : accept, 0x00110000 : jump regular/)
    expect(listed).toMatch(/192\.0\.2\.1 : 0x00000007/)
    expect(listed).toMatch(/comment "them"/)
    await ours.commit((batch) => batch.delete(set.element('10.0.0.0/8'), map.element(1, accept())).flush(pairs))
    expect(nft('list', 'ruleset')).not.toMatch(/10\.0\.0\.0|: accept|80-443/)
    await ours.commit((batch) => batch.delete(values, pairs).destroy(pairs, set.element('10.0.0.0/8')))
    expect(nft('list', 'ruleset')).not.toMatch(/pairs|marked/)
  })

  test('with the generation that is, and not with another', async () => {
    const generation = await ours.generation()
    const next = await ours.commit((batch) => batch.add(fw), { generation })
    const fails = ours.commit((batch) => batch.add(regular), { generation })
    await expect(fails).rejects.toThrow(NetlinkError)
    await expect(fails).rejects.toMatchObject({ code: 'ERESTART', advice: expect.stringContaining('read it again') })
    expect(nft('list', 'ruleset')).not.toContain('regular')
    await ours.commit((batch) => batch.add(regular), { generation: next.generation! })
  })

  test('keeps what nft keeps beside rules and sets, and our line with it', async () => {
    const told = table('inet', 'fw', { sources: 'path' })
    const chain = told.chain('c')
    await ours.commit((batch) => batch.add(told, chain, chain.rule(counter(), comment('x'.repeat(128)))))
    expect(nft('list', 'ruleset')).toContain(`comment "${'x'.repeat(128)}"`)
  })

  test('queues with what this kernel has', async () => {
    const { queue: form } = await ours.features()
    expect(form).toBeDefined()
    await ours.commit((batch) => batch.add(fw, regular, regular.rule(queue(3, { bypass: true }))))
    expect(execFileSync('nft', ['list', 'ruleset'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()).toMatch(
      /queue num 3 bypass|queue flags bypass to 3|NFQUEUE/,
    )
  })
})

describe('check', () => {
  test('says what would be refused, and does nothing', async () => {
    const before = await ours.generation()
    await ours.check((batch) => batch.add(fw, out, regular, out.rule(jump(regular))))
    await expect(ours.check((batch) => batch.add(fw, out, out.rule(jump('nowhere'))))).rejects.toMatchObject({
      failures: [expect.objectContaining({ path: 'tables.fw.chains.out.rules[0]', code: 'ENOENT' })],
    })
    expect(await ours.generation()).toBe(before)
    expect(nft('list', 'ruleset')).toBe('')
  })

  test('of a new base chain in a table that is there tries a copy that sleeps', async () => {
    const allow = fw.set('allow', { key: ipv4Address })
    await ours.commit((batch) => batch.add(fw, allow))
    await ours.check((batch) => batch.add(out, regular, out.rule(jump(regular))))
    await expect(ours.check((batch) => batch.add(out, out.rule(jump(out))))).rejects.toMatchObject({
      failures: [expect.objectContaining({ path: 'tables.fw.chains.out.rules[0]' })],
    })
    await expect(ours.check((batch) => batch.add(out, out.rule(ip.saddr.in(allow), drop())))).rejects.toThrow(
      UncheckedError,
    )
    expect(nft('list', 'ruleset')).not.toContain('chain')
  })

  test('comes before a commit with a new base chain', async () => {
    const before = await ours.generation()
    await expect(ours.commit((batch) => batch.add(fw, out, out.rule(jump('nowhere'))))).rejects.toThrow(
      'nothing was committed: tables.fw.chains.out.rules[0] immediate: chain "nowhere" does not exist',
    )
    expect(await ours.generation()).toBe(before)
  })
})

test('features are asked for without any effect', async () => {
  const before = await ours.generation()
  expect(await ours.features()).toMatchObject({ owner: true })
  expect(await ours.generation()).toBe(before)
  expect(nft('list', 'ruleset')).toBe('')
})
