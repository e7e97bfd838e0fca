import assert from 'node:assert/strict'
import { decode } from '@nfkit/netlink-codec'
import { group, netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { type NftTrace, nftMessage, nftTrace } from '@nfkit/netlink-codec/nftables'
import { openNftables, parse, table } from '@nfkit/nftables'
import { scenario } from '../scenario.ts'
import { Socket } from '../socket.ts'
import { TransportWire } from '../wire.ts'
import type { World } from '../world.ts'

/** What is told of one datagram that a chain at OUTPUT, with these rules, has traced. */
async function told(world: World, rules: readonly string[], policy: 'accept' | 'drop' = 'accept'): Promise<NftTrace[]> {
  const { transport } = world.open()
  const listener = new Socket(new TransportWire(transport.sibling()))
  const nft = await openNftables(transport.sibling())
  try {
    assert.equal(await listener.join(group.nftrace), '0')
    const scene = table('inet', 'scene', { owner: true })
    const out = scene.chain('out', { hook: 'output', priority: 0, policy })
    const bodies = ['udp dport 9 meta nftrace set 1', ...rules].map((text) => out.rule(...parse(text)))
    await nft.commit((batch) => batch.add(scene, out, ...bodies))
    await world.udp('10.1.0.1:1000', '10.1.0.2:9', 'hello')
    return (await listener.messages())
      .filter(({ type }) => type === nftMessage.trace.type)
      .map(({ bytes, start, end }) => decode(nftTrace, bytes, start + netfilterHeaderSize, end))
  } finally {
    nft.close()
    await listener.close()
  }
}

const codes = (steps: readonly NftTrace[]) => steps.map(({ verdict, policy }) => policy ?? verdict?.code)

scenario(
  'F-420',
  'rules that hold are told in their order, rules that do not hold are not, with one id',
  async (world) => {
    const steps = await told(world, ['udp dport 10 drop', 'udp dport 9 counter', 'udp dport 9 accept'])
    assert.deepEqual(codes(steps), ['continue', 'continue', 'accept'])
    assert.equal(new Set(steps.map(({ id }) => id)).size, 1)
  },
)

scenario('F-420', 'the first step of a base chain has the headers', async (world) => {
  const [step] = await told(world, ['accept'])
  assert.equal(step?.networkHeader?.length, 20)
  assert.deepEqual(step?.transportHeader?.subarray(0, 4), Uint8Array.of(1000 >> 8, 1000 & 255, 0, 9))
})

scenario('F-420', 'the policy is told at the end of a base chain', async (world) => {
  assert.equal(codes(await told(world, [])).at(-1), 'accept')
  assert.equal(codes(await told(world, [], 'drop')).at(-1), 'drop')
})
