import { internetChecksum, parseIp } from '@nfkit/ip-codec'
import { tcp } from '@nfkit/ip-codec/build'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import { expect, test } from 'vitest'
import { Bench, config, numberIn } from './queueing.ts'

/** Headers of 20 and 32 bytes, and five segments of 1448. */
const superPacket = tcp('10.0.0.1:40000 > 10.0.0.2:22', {
  sequence: 100,
  psh: true,
  ack: true,
  identification: 0x1234,
  options: [{ kind: 'timestamps', value: 1, echo: 2 }],
  payload: Uint8Array.from({ length: 5 * 1448 }, (_, i) => i),
})
const large = { hook: 'output', segmentSize: 1448 } as const

test('super-packets of TCP are cut into segments, each a packet of its own', async () => {
  const bench = new Bench()
  const { packets, outcome } = bench.deliver(superPacket, large)
  expect(packets.map(({ id, payloadLength }) => [id, payloadLength])).toEqual([1, 2, 3, 4, 5].map((id) => [id, 1500]))
  const seen = packets.map(({ payload }) => parseIp(payload)!)
  expect(seen.map((ip) => [ip.version === 4 && ip.identification, ip.tcp?.sequence, ip.tcp?.psh])).toEqual([
    [0x1234, 100, false],
    [0x1235, 1548, false],
    [0x1236, 2996, false],
    [0x1237, 4444, false],
    [0x1238, 5892, true],
  ])
  for (const { payload } of packets) expect(internetChecksum(payload, 0, 20)).toBe(0)
  for (const id of [1, 2, 3, 4]) expect(bench.judge(id, 1)).toBe(0)
  bench.judge(5, 0)
  const { verdict, segments } = await outcome
  expect([verdict, segments.map((segment) => segment.verdict)]).toEqual([
    'drop',
    ['accept', 'accept', 'accept', 'accept', 'drop'],
  ])
})

test('a super-packet is accepted when all of its segments are', async () => {
  const bench = new Bench()
  const { packets, outcome } = bench.deliver(superPacket, large)
  for (const { id } of packets) bench.judge(id, 1)
  expect(await outcome).toMatchObject({ verdict: 'accept', payload: superPacket })
})

test('a queue that takes super-packets gets them whole', () => {
  const bench = new Bench()
  bench.config(0, config.flags(4), config.mask(4))
  const [packet] = bench.deliver(superPacket, large).packets
  expect(packet!.payload).toEqual(superPacket)
  expect(numberIn(packet!, nfqa.rows.skbInfo.id)).toBe(3)
})
