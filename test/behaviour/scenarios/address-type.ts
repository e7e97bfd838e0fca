import assert from 'node:assert/strict'
import { parseAddress } from '@nfkit/inet'
import { family, hook } from '@nfkit/netlink-codec/nfnetlink'
import { nftFlags } from '@nfkit/netlink-codec/nftables'
import { track } from '../events.ts'
import { peer, peer6, us, us6 } from '../judged.ts'
import { aTable, commit, counted, nft } from '../nftables.ts'
import { tcp, udp } from '../packet.ts'
import { scenario } from '../scenario.ts'
import type { Rule } from '../world.ts'

/** RTN_UNICAST, RTN_LOCAL. */
const [unicast, local] = [1, 2]

/** Where something is rejected, answers leave. */
const resets: Rule = {
  hook: 'forward',
  table: 'filter',
  protocol: 'tcp',
  action: { kind: 'reject', with: 'tcp reset' },
}

/** What arrives has this source from INPUT on. */
const becomes = (table: ReturnType<typeof aTable>, own: string, of: number) => [
  table.chain('translate', hook.input, 100, { type: 'nat' }),
  table.rule(
    'translate',
    { name: 'immediate', data: { dreg: 1, data: { value: parseAddress(own)! } } },
    { name: 'nat', data: { type: 'snat', family: of, regAddrMin: 1 } },
  ),
]

for (const [version, of, from, to, own] of [
  ['IPv4', family.ipv4, `${peer}:1000`, `${us}:7007`, '10.1.0.2'],
  ['IPv6', family.ipv6, `[${peer6}]:1000`, `[${us6}]:7007`, 'fd00::2'],
] as const)
  scenario('F-430', `a source that became an address of this machine, of ${version}`, async (world) => {
    await world.rules(track)
    const table = aTable('own', of)
    const errors = await commit(world.open(), [
      table.new(),
      ...becomes(table, own, of),
      table.chain('ask', hook.input, 200),
      table.rule(
        'ask',
        { name: 'fib', data: { dreg: 1, result: 'addrtype', flags: nftFlags.fib.saddr } },
        nft.is(local, 0, 0, 0),
        ...nft.mark(9),
      ),
    ])
    assert.deepEqual(errors, [])
    await world.receive(udp(from, to))
    assert.equal((await world.arrivals(1))[0]?.mark, 9)
  })

for (const [version, of, from, to, size] of [
  ['IPv4', family.ipv4, `${peer}:1000`, '10.3.0.9:7007', 40],
  ['IPv6', family.ipv6, `[${peer6}]:1000`, '[fd03::9]:7007', 60],
] as const)
  scenario(
    'F-439',
    `a reset of what was for another host, of ${version}, has no address of this machine`,
    async (world) => {
      await world.rules(resets)
      const table = aTable('own', of)
      const socket = world.open()
      const typeOfSource = { name: 'fib', data: { dreg: 1, result: 'addrtype', flags: nftFlags.fib.saddr } } as const
      const errors = await commit(socket, [
        table.new(),
        table.chain('leave', hook.output, 0),
        ...[unicast, local].map((type) => table.rule('leave', typeOfSource, nft.is(type, 0, 0, 0), nft.counter)),
      ])
      assert.deepEqual(errors, [])
      await world.receive(tcp(from, to, 'S'))
      assert.deepEqual(await counted(socket, 'own'), [`1, ${size}`, '0, 0'])
    },
  )

for (const [version, of, from, to, own] of [
  ['IPv4', family.ipv4, `${peer}:1000`, `${us}:7007`, '10.1.0.2'],
  ['IPv6', family.ipv6, `[${peer6}]:1000`, `[${us6}]:7007`, 'fd00::2'],
] as const)
  scenario('F-441', `of ${version}`, async (world) => {
    await world.rules(track, resets)
    const left = await world.device('left')
    const table = aTable('own', of)
    const socket = world.open()
    const errors = await commit(socket, [
      table.new(),
      ...becomes(table, own, of),
      table.chain('refuse', hook.input, 110),
      table.rule('refuse', { name: 'reject', data: { type: 'icmpUnreach', icmpCode: 3 } }),
      ...([hook.output, hook.postrouting] as const).flatMap((at) => [
        table.chain(`leaves${at}`, at, 200),
        ...[1, left].map((index) => table.rule(`leaves${at}`, nft.load('oif'), nft.is(index, 0, 0, 0), nft.counter)),
      ]),
    ])
    assert.deepEqual(errors, [])
    await world.receive(udp(from, to))
    const packets = (await counted(socket, 'own')).map((text) => text.split(',')[0])
    assert.deepEqual(packets, ['1', '0', '0', '1'])
  })
