import { execFileSync } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { openMnl } from '@nfkit/mnl-native'
import type { Expression } from '@nfkit/netlink-codec/nftables'
import type { NetlinkError } from '@nfkit/netlink-transport'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  accept,
  type ChainRule,
  type Clause,
  type Commit,
  counter,
  drop,
  type ListedTable,
  type Nftables,
  openNftables,
  parse,
  printRuleset,
  type RulesetEvent,
  service,
  table,
  tcp,
} from '../src/index.ts'
import { lowerRule } from '../src/lower/rule.ts'
import { conditions, queues, statements, translations } from './corpus.ts'

const run = (program: string, args: readonly string[], input?: string) =>
  execFileSync(program, args, { input, stdio: ['pipe', 'pipe', 'pipe'] }).toString()
const nft = (...args: string[]) => run('nft', args)
/** nft wants a line to end before a block does. */
const load = (text: string) =>
  run(
    'nft',
    ['-f', '-'],
    text.replace(/(?: \})+$/gm, (ends) => ends.replaceAll(' }', '\n}')),
  )

const isClause = (one: ReturnType<typeof parse>[number]): one is Clause => one.kind !== 'comment'

let ours: Nftables
beforeEach(async () => {
  nft('flush', 'ruleset')
  ours = await openNftables(openMnl())
})
afterEach(() => {
  ours.close()
  nft('flush', 'ruleset')
})

const only = async (): Promise<ListedTable> => (await ours.list()).tables[0]!

describe('what nft made is listed as values', () => {
  test('a table, its chains and their places', async () => {
    load(`table inet fw { comment "mine"
      chain input { comment "in"; type filter hook input priority -150; policy drop; tcp dport 22 counter accept comment "shell" }
      chain other { ip saddr 10.0.0.0/8 jump deep }
      chain deep { }
    }
    table ip nat { flags dormant; chain post { type nat hook postrouting priority srcnat; masquerade random } }`)
    const { tables, generation } = await ours.list()
    expect(generation).toBe(await ours.generation())
    expect(tables.map(({ table }) => table)).toEqual([
      table('inet', 'fw', { comment: 'mine' }),
      table('ip', 'nat', { dormant: true }),
    ])
    const [fw] = tables
    const input = table('inet', 'fw').chain('input', { hook: 'input', priority: -150, policy: 'drop', comment: 'in' })
    expect(fw!.chains.map(({ chain }) => chain.name)).toEqual(['input', 'other', 'deep'])
    expect(fw!.chains[0]!.chain).toEqual(input)
    const [rule] = fw!.chains[0]!.rules
    expect(rule!.body).toEqual([tcp.dport.is(22), counter(), accept()])
    expect(rule!.comment).toBe('shell')
    expect(nft('-a', 'list', 'chain', 'inet', 'fw', 'input')).toContain(`# handle ${rule!.handle}`)
  })

  test('sets and maps with their elements, in order', async () => {
    load(`table inet fw {
      set ports { type inet_service; elements = { 443, 22, 80 }; }
      set nets { type ipv4_addr; flags interval; comment "ours"; elements = { 192.0.2.1, 10.0.0.0/8, 198.51.100.7-198.51.100.9 }; }
      set served { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 80-90, 192.0.2.1 . 443 }; }
      set pairs { type ipv4_addr . inet_service; elements = { 192.0.2.1 . 443 }; }
      set timed { type mark; timeout 1h; size 100; elements = { 0x10 timeout 10m comment "soon" }; }
      set names { type ifname; elements = { "lo", "eth0" }; }
      map verdicts { type mark : verdict; elements = { 1 : accept, 2 : jump deep }; }
      map ports2 { type inet_service : ipv4_addr; flags interval; elements = { 80 : 10.0.0.1, 1000-2000 : 10.0.0.2 }; }
      chain deep { }
    }`)
    const { sets } = await only()
    const found = Object.fromEntries(
      sets.map(({ set, elements }) => [
        set.name,
        elements.map(({ key, value }) => (value === undefined ? key : [key, value])),
      ]),
    )
    expect(found).toEqual({
      ports: [22, 80, 443],
      nets: ['10.0.0.0/8', '192.0.2.1', { from: '198.51.100.7', to: '198.51.100.9' }],
      served: [
        ['10.0.0.0/8', { from: 80, to: 90 }],
        ['192.0.2.1', 443],
      ],
      pairs: [['192.0.2.1', 443]],
      timed: [16],
      names: ['eth0', 'lo'],
      verdicts: [
        [1, { kind: 'accept' }],
        [2, { kind: 'jump', chain: 'deep' }],
      ],
      ports2: [
        [80, '10.0.0.1'],
        [{ from: 1000, to: 2000 }, '10.0.0.2'],
      ],
    })
    const timed = sets.find(({ set }) => set.name === 'timed')!
    expect(timed.set).toMatchObject({ timeouts: true, timeoutMilliseconds: 3_600_000, size: 100 })
    expect(timed.elements[0]).toMatchObject({ timeoutMilliseconds: 600_000, comment: 'soon' })
    expect(timed.elements[0]!.expiresMilliseconds).toBeGreaterThan(0)
    expect(sets.find(({ set }) => set.name === 'nets')!.set).toMatchObject({ comment: 'ours', interval: true })
  })

  test('what we made is what we made', async () => {
    const fw = table('inet', 'fw')
    const set = fw.set('served', { key: ['ipv4_addr', service], interval: true })
    const chain = fw.chain('out', { hook: 'output' })
    const rules = [
      chain.rule(...parse('ip saddr . tcp dport @served drop', { sets: [set] }).filter(isClause)),
      chain.rule(...parse('tcp dport vmap { 1-9 : drop, 22 : accept }').filter(isClause)),
    ]
    const element = set.element(['10.0.0.0/8', { from: 80, to: 90 }])
    await ours.commit((batch) =>
      batch.add(fw, set, chain, element, fw.counter('hits'), fw.quota('much', 1000n), fw.limit('slow', 10), ...rules),
    )
    const { table: made, sets, chains, objects } = await only()
    expect(made).toEqual(fw)
    expect(sets).toMatchObject([{ set, elements: [element] }])
    expect(chains[0]!.chain).toEqual(chain)
    expect(chains[0]!.rules.map(({ body }) => body)).toEqual(rules.map(({ body }) => body))
    expect(objects.map(({ object }) => object)).toEqual(
      expect.arrayContaining([fw.counter('hits'), fw.quota('much', 1000n), fw.limit('slow', 10)]),
    )
  })

  test('what has no value is told with its attributes: nothing is left out', async () => {
    load(`table inet fw {
      set others { type ipv4_addr; elements = { 10.0.0.1, * }; }
      set metered { type ipv4_addr; counter; elements = { 10.0.0.1 }; }
      ct timeout slow { protocol tcp; policy = { established : 100 }; }
    }`)
    const { sets, others } = await only()
    expect(sets.map(({ set, elements }) => [set.name, elements.length])).toEqual([['others', 1]])
    expect(others.map(({ kind }) => kind).sort()).toEqual(['elements', 'elements', 'object', 'set'])
    const printed = printRuleset(await ours.list())
    expect(() => run('nft', ['-c', '-f', '-'], printed)).toThrow()
  })
})

/** The listing of nft without what changes by itself. */
const listing = () => nft('list', 'ruleset').replace(/ expires [0-9a-z]+/g, '')

describe('what is printed is nft’s own language', () => {
  const chains = {
    rules: {
      hook: '',
      list: [...conditions, ...statements.filter((text) => !/notrack|name|other|blocked|metered/.test(text))],
    },
    raw: { hook: 'type filter hook output priority -300;', list: ['notrack'] },
    pre: { hook: 'type nat hook prerouting priority dstnat;', list: translations.prerouting },
    post: { hook: 'type nat hook postrouting priority srcnat;', list: translations.postrouting },
  }
  const text = Object.entries(chains).map(([name, { hook, list }]) => `chain ${name} { ${hook}\n${list.join('\n')}\n}`)

  test('loading it gives the same listing: every condition and statement', async () => {
    load(`table inet fw {\nmap hosts { type inet_service : ipv4_addr; }\n${text.join('\n')}\n}`)
    const before = listing()
    const printed = printRuleset(await ours.list())
    expect(printed).not.toContain('expression')
    run('nft', ['-c', '-f', '-'], printed)
    nft('flush', 'ruleset')
    load(printed)
    expect(listing().split('\n')).toEqual(before.split('\n'))
  })

  test('sets, maps, objects, comments and flags', async () => {
    load(`table inet fw { comment "with a comment"
      set nets { type ipv4_addr; flags interval; comment "ours"; elements = { 192.0.2.1, 10.0.0.0/8, 198.51.100.7-198.51.100.9 }; }
      set served { type ipv4_addr . inet_service; flags interval,timeout; elements = { 10.0.0.0/8 . 80-90 timeout 1h, 192.0.2.1 . 443 }; }
      set seen { type ipv4_addr; flags dynamic,timeout; timeout 1m30s; size 65535; }
      map verdicts { type mark : verdict; elements = { 1 : accept, 2 : jump deep }; }
      map to { type inet_service : ipv4_addr; elements = { 80 : 10.0.0.1 }; }
      counter hits { packets 5 bytes 100 }
      quota much { over 25 mbytes used 100 bytes }
      limit slow { rate 10/second burst 7 packets }
      limit heavy { rate over 2 mbytes/second burst 5 kbytes }
      ct helper files { type "ftp" protocol tcp; l3proto ip; }
      chain deep { comment "deep"; tcp dport 21 ct helper set "files"; update @seen { ip saddr counter limit rate 5/second } drop comment "all" }
      chain input { type filter hook input priority filter; policy drop; counter name "hits" quota name "much" limit name "slow" meta mark vmap @verdicts ip saddr @nets ip saddr . tcp dport @served accept }
    }
    table ip six { chain c { tcp dport 22 reject with icmp type host-prohibited } }
    table ip6 seven { chain c { tcp dport 22 reject with icmpv6 type no-route } }
    table bridge eight { chain c { ip saddr 10.0.0.1 drop } }`)
    const before = listing()
    const printed = printRuleset(await ours.list())
    expect(printed).not.toContain('expression')
    nft('flush', 'ruleset')
    load(printed)
    expect(listing().split('\n')).toEqual(before.split('\n'))
  })

  test('queues, where the kernel has the expression', async ({ skip }) => {
    if ((await ours.features()).queue !== 'expression')
      skip('kernel: there is no expression to queue with (CONFIG_NFT_QUEUE)')
    load(`table inet fw {\nchain c {\n${queues.join('\n')}\n}\n}`)
    const before = listing()
    const printed = printRuleset(await ours.list())
    nft('flush', 'ruleset')
    load(printed)
    expect(listing()).toEqual(before)
  })

  test('a rule that queues by iptables’ target is printed as `queue`, which this nft takes', async () => {
    const fw = table('inet', 'fw')
    const chain = fw.chain('c')
    await ours.commit((batch) => batch.add(fw, chain, chain.rule(...parse('queue flags bypass to 7').filter(isClause))))
    expect(printRuleset(await ours.list())).toContain('\t\tqueue flags bypass to 7\n')
  })
})

describe('any rules of ours', () => {
  const some = [...conditions, ...statements.filter((text) => !/notrack|name|other|blocked|metered/.test(text))]
  const anyRule = fc
    .tuple(fc.uniqueArray(fc.constantFrom(...conditions), { maxLength: 2 }), fc.constantFrom(...some))
    .map(([first, last]) => [...first, last].join(' '))
    .filter((text) => isRule(text))

  test('are listed in words that mean the same: written again, they are listed the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRule, { minLength: 1, maxLength: 12 }), async (texts) => {
        nft('flush', 'ruleset')
        const fw = table('inet', 'fw')
        const chain = fw.chain('c')
        const bodies = async () => (await only()).chains[0]!.rules.map(({ body }) => body)
        await ours.commit((batch) => batch.add(fw, chain, ...texts.map((text) => chain.rule(...parse(text)))))
        const before = nft('--debug=netlink', 'list', 'ruleset')
        const listed = await bodies()
        expect(JSON.stringify(listed, words)).not.toContain('expression')
        await ours.commit((batch) => batch.flush(chain).add(...listed.map((body) => chain.rule(...body))))
        expect(await bodies()).toEqual(listed)
        // Elements have no order, and are compared as values.
        const plain = (text: string) => text.replace(/^(inet fw c [\d ]+|.*\telement .*)$|__set\d+/gm, '')
        expect(plain(nft('--debug=netlink', 'list', 'ruleset'))).toEqual(plain(before))
      }),
      { numRuns: 25 },
    )
  })

  test('that nft takes are printed in its language: loading that gives the same listing', async () => {
    const taken = fc.array(anyRule.filter(isTaken), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(taken, async (texts) => {
        nft('flush', 'ruleset')
        load(`table inet fw {\nchain c {\n${texts.join('\n')}\n}\n}`)
        const before = listing()
        // nft 1.0.6 leaves out what the header needs behind `meta nfproto { ipv4, ipv6 }`: it lists bytes, and so do we.
        if (/@(ll|nh|th),/.test(before)) return
        const printed = printRuleset(await ours.list())
        nft('flush', 'ruleset')
        load(printed)
        expect(listing().split('\n')).toEqual(before.split('\n'))
      }),
      { numRuns: 15 },
    )
  })

  test.each([
    'ip saddr 192.0.2.1 ip daddr 192.0.2.2 tcp dport 22 accept',
    'ip6 saddr ::1 ip6 daddr ::2',
    'ip ttl 3 ip protocol tcp tcp dport 1',
    'icmp type echo-request icmp code host-unreachable ip saddr 192.0.2.1',
    'udp sport 1 udp dport 2 ip saddr 192.0.2.1',
    'tcp sequence 1 tcp ackseq 2',
    'icmp code host-unreachable th sport { 53, 80 }',
  ])('whose fields nft loads at once have each its condition: %s', async (text) => {
    load(`table inet fw {\nchain c {\n${text}\n}\n}`)
    expect(printRuleset(await ours.list())).toContain(`\n\t\t${text}\n`)
  })
})

const words = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

/** Whether nft takes it: two conditions may be too much for it that are not for the kernel. */
function isTaken(text: string): boolean {
  try {
    run('nft', ['-c', '-f', '-'], `table inet taken {\nchain c {\n${text}\n}\n}`)
    return true
  } catch {
    return false
  }
}

/** Whether packets could meet it: it is not about two protocols at once. */
function isRule(text: string): boolean {
  try {
    const chain = table('inet', 'fw').chain('c')
    lowerRule(chain.rule(...parse(text)), 'target', () => 1)
    return true
  } catch {
    return false
  }
}

describe('what nft 1.0.6 cannot read back', () => {
  const fw = table('inet', 'fw')
  const chain = fw.chain('c')
  const verbatim = (...expressions: readonly Expression[]) =>
    chain.rule(...expressions.map((expression) => ({ kind: 'expression', expression }) as const))

  test.each([
    [
      'an extension of iptables',
      [{ name: 'target', data: { name: 'NFQUEUE', rev: 1, info: Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0) } }],
      'xt target "NFQUEUE"',
    ],
    [
      'a random number',
      [{ name: 'numgen', data: { dreg: 1, modulus: 2, type: 'random', offset: 0 } }],
      'expression numgen',
    ],
  ] as const)('%s is kept as it is, and printed so that nft refuses it', async (_, expressions, text) => {
    await ours.commit((batch) => batch.add(fw, chain, verbatim(...expressions)))
    const { rules } = (await only()).chains[0]!
    expect(rules[0]!.body).toMatchObject(expressions.map(({ name }) => ({ kind: 'expression', expression: { name } })))
    const printed = printRuleset(await ours.list())
    expect(printed).toContain(`\t\t${text}\n`)
    expect(() => run('nft', ['-c', '-f', '-'], printed)).toThrow()
    // Written back, the kernel has the same.
    await ours.commit((batch) => batch.flush(chain).add(chain.rule(...rules[0]!.body)))
    expect((await only()).chains[0]!.rules[0]!.body).toEqual(rules[0]!.body)
  })
})

describe('watch', () => {
  const fw = table('inet', 'fw')
  const chain = fw.chain('c')

  test('tells the ruleset, then each commit with what it changed', async () => {
    await ours.commit((batch) => batch.add(fw, chain))
    const watch = ours.watch()[Symbol.asyncIterator]()
    const next = async () => (await watch.next()).value as RulesetEvent
    const start = await next()
    expect(start).toMatchObject({ kind: 'ruleset', cause: 'start' })
    load(
      'add rule inet fw c tcp dport { 22, 80 } accept; add set inet fw s { type inet_service; }; add element inet fw s { 5 }',
    )
    const commit = (await next()) as Commit
    expect(commit).toMatchObject({ kind: 'commit', processName: 'nft', generation: await ours.generation() })
    expect(commit.changes.map(({ action, what }) => [action, what.kind])).toEqual([
      ['add', 'rule'],
      ['add', 'set'],
      ['add', 'element'],
    ])
    expect((commit.changes[0]!.what as ChainRule).body).toEqual([tcp.dport.in([22, 80]), accept()])
    load('delete element inet fw s { 5 }; delete set inet fw s; delete table inet fw')
    const gone = (await next()) as Commit
    expect(gone.changes.map(({ action }) => action)).toEqual(gone.changes.map(() => 'delete'))
    expect(gone.changes.map(({ what }) => what.kind)).toEqual(
      expect.arrayContaining(['element', 'set', 'chain', 'table']),
    )
    await watch.return?.()
  })

  test('loses nothing in silence: after an overrun the ruleset is told again, and what follows fits', async () => {
    await ours.commit((batch) => batch.add(fw, chain))
    const watch = ours.watch({ receiveBuffer: 4096 })[Symbol.asyncIterator]()
    expect((await watch.next()).value).toMatchObject({ kind: 'ruleset', cause: 'start' })
    load(Array.from({ length: 400 }, (_, i) => `add rule inet fw c tcp dport ${i} accept`).join('\n'))
    let event = (await watch.next()).value as RulesetEvent
    while (event.kind !== 'ruleset') event = (await watch.next()).value as RulesetEvent
    expect(event.cause).toBe('gap')
    expect(event.ruleset.tables[0]!.chains[0]!.rules).toHaveLength(400)
    load('add rule inet fw c tcp dport 999 drop')
    const commit = (await watch.next()).value as Commit
    expect(commit.changes.map(({ what }) => (what as ChainRule).body)).toEqual([[tcp.dport.is(999), drop()]])
    await watch.return?.()
  })

  test('ends with the nf_tables it is of', async () => {
    const watch = ours.watch()[Symbol.asyncIterator]()
    await watch.next()
    ours.close()
    expect((await watch.next()).done).toBe(true)
  })

  test('throws the reason of its signal', async () => {
    const stop = new AbortController()
    const watch = ours.watch({ signal: stop.signal })[Symbol.asyncIterator]()
    await watch.next()
    stop.abort(new Error('enough'))
    await expect(watch.next()).rejects.toThrow('enough')
  })
})

test('a list is of one generation while others commit', async () => {
  const fw = table('inet', 'fw')
  const [a, b] = [fw.chain('a'), fw.chain('b')]
  await ours.commit((batch) => batch.add(fw, a, b))
  const other = await openNftables(openMnl())
  let stop = false
  const start = performance.now()
  await ours.list()
  // Where the ruleset never rests for as long as it is read, no list is whole.
  const rest = Math.max(10, 4 * (performance.now() - start))
  const changing = (async () => {
    for (let i = 0; !stop && i < 5000; i++) {
      const port = 1 + (i % 60_000)
      await other.commit((batch) =>
        batch.flush(a, b).add(a.rule(tcp.dport.is(port), drop()), b.rule(tcp.dport.is(port), drop())),
      )
      await setTimeout(rest)
    }
  })()
  try {
    for (let i = 0; i < 20; i++) {
      const { chains } = (await ours.list()).tables[0]!
      expect(chains[0]!.rules.map(({ body }) => body)).toEqual(chains[1]!.rules.map(({ body }) => body))
    }
  } finally {
    stop = true
    await changing
    other.close()
  }
})

describe('counters', () => {
  test('are read, and set back with that', async ({ skip }) => {
    run('ip', ['link', 'set', 'lo', 'up'])
    load(
      'table inet fw { counter hits { }; chain out { type filter hook output priority 0; ip daddr 127.0.0.1 counter name "hits" counter } }',
    )
    run('ping', ['-c', '2', '-i', '0.01', '127.0.0.1'])
    const fw = table('inet', 'fw')
    const { objects, rules } = await ours.resetCounters(fw).catch((error: NetlinkError) => {
      if (error.code !== 'EINVAL') throw error
      return skip('kernel: no counters in rules are set back before Linux 6.2')
    })
    expect(objects).toMatchObject([{ name: 'hits', state: { kind: 'counter', packets: 4n } }])
    expect(rules[0]!.body.at(-1)).toMatchObject({ kind: 'counter', packets: 4n })
    expect((await ours.resetCounters(fw)).objects).toMatchObject([{ state: { kind: 'counter' } }])
    expect((await only()).chains[0]!.rules[0]!.body.at(-1)).toEqual(counter())
  })

  test('of a table that is not there: ENOENT', async () => {
    await expect(ours.resetCounters(table('inet', 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

test('a traced packet is followed through the rules that it meets', async () => {
  run('ip', ['link', 'set', 'lo', 'up'])
  load(`table inet fw {
    chain out { type filter hook output priority 0; ip daddr 127.0.0.1 icmp type echo-request meta nftrace set 1; tcp dport 1 drop; jump deep; accept }
    chain deep { icmp type echo-request counter comment "met" }
  }`)
  const steps: string[] = []
  const trace = ours.steps()
  run('ping', ['-c', '1', '127.0.0.1'])
  let id: number | undefined
  for await (const event of trace) {
    if (event.kind !== 'step') continue
    const { packet, step } = event
    id ??= packet.id
    expect(packet.id).toBe(id)
    expect(packet.networkHeader?.[0]).toBe(0x45)
    steps.push([step.chain, step.kind, step.verdict?.kind, step.rule?.comment].filter(Boolean).join(' '))
    if (step.verdict?.kind === 'accept') break
  }
  expect(steps).toEqual([
    'out rule continue',
    'out rule jump',
    'deep rule continue met',
    'deep return continue',
    'out rule accept',
  ])
})
