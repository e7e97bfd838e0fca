import { Attrs, encodeAttrs } from '@nfkit/netlink-codec'
import { conntrack, Flow } from '@nfkit/netlink-codec/conntrack'
import { expect, test } from 'vitest'
import { flowKey } from '../src/index.ts'

const flow = (id: number, srcPort: number, zone = 0) => {
  const v4 = Uint8Array.of(10, 0, 0, 1)
  const tupleOrig = { ip: { v4Src: v4, v4Dst: v4 }, proto: { num: 6, srcPort, dstPort: 80 } }
  return new Flow(new Attrs(encodeAttrs(conntrack, { tupleOrig, id, zone: zone || undefined, mark: id })), 2)
}

test('entries that share an id have keys of their own, and so have those of two zones and generations', () => {
  const keys = [flow(7, 1), flow(7, 2), flow(7, 1, 3), flow(8, 1)].map(flowKey)
  expect(new Set(keys).size).toBe(4)
  expect(flowKey(flow(7, 1))).toBe(keys[0])
})
