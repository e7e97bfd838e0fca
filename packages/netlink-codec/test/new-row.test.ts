import * as fc from 'fast-check'
import { expect, expectTypeOf, test } from 'vitest'
import { Attrs, decode, encodeAttrs, formatAttrs, type Infer, markdown, toJson, withNested } from '../src/index.ts'
import { nfqa } from '../src/nfqueue/table.ts'
import { anyOf } from '../src/schema/arbitrary.ts'
import { attr, table } from '../src/schema/table.ts'
import { be16, be32, named, nest, text } from '../src/schema/type.ts'

// What CONTRIBUTING.md promises: an attribute is one row, and nothing else changes. Here are three a kernel might bring.
const tunnel = table('NFQA_TUNNEL', '7.9', 'The tunnel a packet came through.', {
  key: attr(1, be32, 'its key'),
  device: attr(2, text(16), 'its device'),
})
const newer = table(nfqa.name, nfqa.since, nfqa.doc, {
  ...nfqa.rows,
  colour: attr(200, named(be16, { red: 1, deepBlue: 2 }), 'colour of the packet', { since: '7.9' }),
  tunnel: attr(201, nest<Infer<typeof tunnel>>(tunnel), 'the tunnel it came through', { since: '7.9' }),
})
const value = { mark: 7, colour: 2, tunnel: { key: 9, device: 'gre0' } }
const bytes = encodeAttrs(newer, value)

test('is encoded, and decoded eagerly and lazily', () => {
  expect(decode(newer, bytes)).toEqual(value)
  const attrs = new Attrs(bytes)
  expect(attrs.get(newer.rows.colour)).toBe(2)
  expect(attrs.nest(newer.rows.tunnel)?.get(tunnel.rows.device)).toBe('gre0')
})

test('without its row it was kept as it came', () => {
  const { mark, unknown } = decode(nfqa, bytes)
  expect(mark).toBe(7)
  expect(unknown?.map(({ id }) => id)).toEqual([200, 201])
  expect(decode(newer, encodeAttrs(nfqa, { mark, unknown }))).toEqual(value)
})

test('is printed with the name the kernel would give it', () => {
  expect(formatAttrs(newer, value).split('\n').slice(1)).toEqual([
    'NFQA_COLOUR DEEP_BLUE (2)',
    'NFQA_TUNNEL',
    '  NFQA_TUNNEL_KEY 9',
    '  NFQA_TUNNEL_DEVICE "gre0"',
  ])
})

test('is in JSON', () => {
  expect(toJson(newer, value)).toEqual(value)
})

test('is in the reference', () => {
  const page = markdown(withNested([newer]))
  expect(page).toContain(
    '| `NFQA_COLOUR` | 200 | `colour` | 16 bits (1 `red`, 2 `deepBlue`) | network | 7.9 | colour of the packet |',
  )
  expect(page).toContain(
    '| `NFQA_TUNNEL` | 201 | `tunnel` | nest: [`NFQA_TUNNEL`](#nfqa_tunnel) |  | 7.9 | the tunnel it came through |',
  )
  expect(page).toContain('| `NFQA_TUNNEL_DEVICE` | 2 | `device` |')
  for (const line of markdown([nfqa]).split('\n')) expect(page).toContain(line)
})

test('is among the test values, which survive the wire', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(anyOf(newer), (any) => {
      for (const key of Object.keys(any)) seen.add(key)
      expect(decode(newer, encodeAttrs(newer, any))).toEqual(any)
    }),
    { numRuns: 25 },
  )
  expect([...seen]).toEqual(expect.arrayContaining(['colour', 'tunnel', 'mark']))
})

test('is in the types', () => {
  expectTypeOf<Infer<typeof newer>['colour']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<NonNullable<Infer<typeof newer>['tunnel']>['device']>().toEqualTypeOf<string | undefined>()
  expectTypeOf(new Attrs(bytes).get(newer.rows.colour)).toEqualTypeOf<number | undefined>()
  // @ts-expect-error a colour is a number
  ;() => encodeAttrs(newer, { colour: 'red' })
  // @ts-expect-error the table without the row has no such attribute
  ;() => encodeAttrs(nfqa, { colour: 1 })
})
