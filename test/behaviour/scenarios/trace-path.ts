import assert from 'node:assert/strict'
import { openQueue, type Packet } from '@nfkit/nfqueue'
import { type Nftables, openNftables, parse, queue, type TraceOptions, table } from '@nfkit/nftables'
import { scenario } from '../scenario.ts'
import type { Arrival, World } from '../world.ts'

const condition = parse('udp dport 9')
const scene = table('inet', 'scene', { owner: true })
const input = scene.chain('in', { hook: 'input', priority: 0 })

/** Nf_tables in the hands of a scenario: its tables go when it ends. */
async function ruling(world: World, run: (nft: Nftables) => Promise<void>): Promise<void> {
  await world.rules()
  const nft = await openNftables(world.open().transport.sibling())
  try {
    await run(nft)
  } finally {
    nft.close()
  }
}

const rules = async (nft: Nftables, ...texts: readonly string[]): Promise<void> => {
  await nft.commit((batch) => batch.add(scene, input, ...texts.map((text) => input.rule(...parse(text)))))
}

const send = (world: World) => world.udp('10.1.0.1:1000', '10.1.0.2:9', 'hello')

const told = ({ protocol, transport }: Arrival) => `${protocol}: ${new TextDecoder().decode(transport.subarray(8))}`

/** The names of the tables there are, but those of iptables. */
const tablesOf = async (nft: Nftables): Promise<readonly string[]> =>
  (await nft.list()).tables.filter(({ table }) => table.family === 'inet').map(({ table }) => table.name)

/** The ways of one datagram out, over the loopback device, and in again. */
async function paths(world: World, nft: Nftables, options: TraceOptions = {}) {
  const trace = await nft.trace(condition, { packets: 2, ...options })
  await trace.begin()
  await send(world)
  const found = []
  for await (const path of trace) found.push(path)
  assert.deepEqual(await trace.ended, { hooks: 'gone', lost: 0 })
  assert.deepEqual(await tablesOf(nft), ['scene'])
  return found
}

/** Of what arrives the datagrams: a connection of another scenario may still be ending. */
async function datagrams(world: World): Promise<readonly string[]> {
  for (;;) {
    const arrived = (await world.arrivals(1)).map(told)
    const found = arrived.filter((text) => text.startsWith('17: '))
    if (found.length > 0 || arrived.length === 0) return found
  }
}

for (const [what, texts, outcome] of [
  ['a rule drops', ['udp dport 10 accept', 'udp dport 9 counter', 'udp dport 9 drop'], 'dropped'],
  ['no rule decides: the socket gets it', ['udp dport 10 drop'], 'delivered'],
  ['no program reads the queue', ['udp dport 9 queue to 12'], 'queued'],
] as const)
  scenario('F-421', what, async (world) => {
    await ruling(world, async (nft) => {
      await rules(nft, ...texts)
      const [out, back] = await paths(world, nft)
      assert.equal(out?.outcome.kind, 'sent')
      assert.deepEqual(
        out?.hooks.map(({ hook }) => hook),
        ['output', 'postrouting'],
      )
      assert.equal(back?.outcome.kind, outcome)
      assert.deepEqual(
        back?.hooks.map(({ hook }) => hook),
        ['prerouting', 'input'],
      )
    })
  })

scenario('F-421', 'a rule that was missed, and the conditions that did not hold', async (world) => {
  await ruling(world, async (nft) => {
    await rules(nft, 'ip saddr 10.9.0.0/16 udp dport 9 drop')
    const asked = (await nft.list()).tables.flatMap(({ chains }) => chains.flatMap(({ rules }) => rules))
    const [, back] = await paths(world, nft, { asked: asked.filter((rule) => rule.table === 'scene') })
    assert.deepEqual(
      back?.missed.map(({ conditions }) => conditions),
      [parse('ip saddr 10.9.0.0/16')],
    )
  })
})

/** A queue in front of the receiver, whose program holds each packet that comes. */
async function holding(world: World, run: (nft: Nftables, waiting: readonly Packet[]) => Promise<void>): Promise<void> {
  await ruling(world, async (nft) => {
    await nft.commit((batch) => batch.add(scene, input, input.rule(...condition, queue(7))))
    const judge = await openQueue(world.open().transport.sibling(), {
      number: 7,
      deadlineMilliseconds: Number.POSITIVE_INFINITY,
    })
    const waiting: Packet[] = []
    judge.run((packet) => {
      packet.hold()
      waiting.push(packet)
    })
    try {
      await run(nft, waiting)
    } finally {
      await judge.close()
    }
  })
}

scenario('F-422', 'its hooks wait for the packet, which arrives and is judged once', async (world) => {
  await holding(world, async (nft, waiting) => {
    const trace = await nft.trace(condition, { packets: 1 })
    assert.deepEqual(
      trace.risks.map(({ effect, queue }) => [effect, queue]),
      [['lost', 7]],
    )
    await trace.begin()
    await send(world)
    for await (const { outcome } of trace) assert.equal(outcome.kind, 'sent')
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal((await tablesOf(nft)).length, 2)
    assert.equal(waiting.length, 1)
    waiting[0]!.accept()
    assert.deepEqual(await trace.ended, { hooks: 'gone', lost: 0 })
    assert.deepEqual(await datagrams(world), ['17: hello'])
    assert.equal(waiting.length, 1)
  })
})

scenario('F-422', 'where packets always wait they stay, without a rule, and cost none', async (world) => {
  await holding(world, async (nft, waiting) => {
    const trace = await nft.trace(condition, { packets: 1, patienceMilliseconds: 50 })
    await trace.begin()
    await send(world)
    assert.deepEqual(await trace.ended, { hooks: 'left', lost: 0 })
    const { tables } = await nft.list()
    const left = tables.find(({ table }) => table.name.startsWith('nfkit-trace'))
    assert.equal(left?.chains.flatMap(({ rules }) => rules).length, 0)
    waiting[0]!.accept()
    assert.deepEqual(await datagrams(world), ['17: hello'])
  })
})
