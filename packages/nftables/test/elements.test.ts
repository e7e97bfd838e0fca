import { formatAddress } from '@nfkit/inet'
import { decode } from '@nfkit/netlink-codec'
import { netfilterHeaderSize } from '@nfkit/netlink-codec/nfnetlink'
import { nftElements } from '@nfkit/netlink-codec/nftables'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepsOf } from '../src/commit/batch.ts'
import { Encoding } from '../src/commit/encoding.ts'
import { elementAttrs } from '../src/encode/element.ts'
import { type DatatypeName, RuleBatch, table } from '../src/index.ts'

const fw = table('inet', 'fw')

const messagesOf = (batch: RuleBatch) => new Encoding({ queue: 'expression', echo: false }).add(stepsOf(batch))
const listed = (message: Uint8Array) => decode(nftElements, message, netfilterHeaderSize)

const value: { readonly [T in DatatypeName]?: fc.Arbitrary<string | number> } = {
  ipv4_addr: fc.uint8Array({ minLength: 4, maxLength: 4 }).map(formatAddress),
  ipv6_addr: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatAddress),
  inet_service: fc.nat(0xffff),
  mark: fc.nat(0x7fff_ffff),
  ether_addr: fc.constant('02:00:5e:10:00:01'),
  inet_proto: fc.nat(0xff),
}

test('elements that are alike are written as all others are', () => {
  const types = Object.keys(value) as DatatypeName[]
  const any = fc
    .constantFrom(...types)
    .chain((type) => fc.tuple(fc.constant(type), fc.array(value[type]!, { minLength: 1, maxLength: 20 })))
  fc.assert(
    fc.property(any, ([type, values]) => {
      const set = fw.set('s', { key: type })
      const elements = values.map((one) => set.element(one as never))
      const [part, ...more] = messagesOf(new RuleBatch().add(...elements))
      expect(more).toEqual([])
      expect(listed(part!.message)).toEqual({ table: 'fw', set: 's', elements: elements.flatMap(elementAttrs) })
      expect(part!.origins).toEqual(elements.map((_, i) => i))
    }),
    { numRuns: 200 },
  )
})

test('as many go into a message as fit, and each entry is known for its element', () => {
  const plain = fw.set('plain', { key: 'mark' })
  const ranges = fw.set('ranges', { key: 'mark', interval: true })
  const numbers = Array.from({ length: 10_000 }, (_, i) => 2 * i)
  for (const all of [numbers.map((n) => plain.element(n)), numbers.map((n) => ranges.element(n))]) {
    const parts = messagesOf(new RuleBatch().add(...all))
    expect(parts.length).toBeGreaterThan(1)
    for (const { message } of parts) expect(message.length).toBeLessThan(65_536)
    const entries = parts.flatMap(({ message }) => listed(message).elements ?? [])
    const origins = parts.flatMap((part) => part.origins)
    expect(entries).toEqual(all.flatMap(elementAttrs))
    expect(origins).toEqual(all.flatMap((element, i) => elementAttrs(element).map(() => i)))
  }
})
