import { expectTypeOf, test } from 'vitest'
import { type Conntrack, conntrack } from '../src/conntrack/table.ts'
import { type TupleAttrs, tuple } from '../src/conntrack/tuple.ts'
import { Attrs, decode, encodeAttrs } from '../src/index.ts'
import { type Nfqa, nfqa, queueConfig } from '../src/nfqueue/table.ts'
import { anyOf } from '../src/schema/arbitrary.ts'

const attrs = new Attrs(new Uint8Array(0))

test('a row is its own accessor, and knows its type', () => {
  expectTypeOf(attrs.get(nfqa.rows.mark)).toEqualTypeOf<number | undefined>()
  expectTypeOf(attrs.get(nfqa.rows.payload)).toEqualTypeOf<Uint8Array | undefined>()
  expectTypeOf(attrs.get(nfqa.rows.secctx)).toEqualTypeOf<string | undefined>()
  expectTypeOf(attrs.get(conntrack.rows.timestampEvent)).toEqualTypeOf<bigint | undefined>()
  expectTypeOf(attrs.get(conntrack.rows.tupleOrig)).toEqualTypeOf<TupleAttrs | undefined>()
  expectTypeOf(attrs.get(nfqa.rows.timestamp)?.sec).toEqualTypeOf<bigint | undefined>()
  expectTypeOf(attrs.get(nfqa.rows.hwaddr)).toEqualTypeOf<
    | {
        readonly hwAddrlen: number
        readonly hwAddr: Uint8Array
      }
    | undefined
  >()
})

test('decode gives the named interfaces, every attribute optional', () => {
  expectTypeOf(decode(nfqa, new Uint8Array(0))).toExtend<Nfqa>()
  expectTypeOf<Nfqa['ct']>().toEqualTypeOf<Conntrack | undefined>()
  expectTypeOf<Conntrack['tupleOrig']>().toEqualTypeOf<TupleAttrs | undefined>()
  expectTypeOf<Record<never, never>>().toExtend<Nfqa>()
  expectTypeOf(anyOf(tuple)).toExtend<{ generate: unknown }>()
})

test('encode takes no key or type a table does not have', () => {
  // @ts-expect-error a mark is a number
  ;() => encodeAttrs(nfqa, { mark: 7n })
  // @ts-expect-error the key is queueMaxlen
  ;() => encodeAttrs(queueConfig, { maxlen: 1 })
  // @ts-expect-error both fields of a header are needed
  ;() => encodeAttrs(nfqa, { verdictHdr: { id: 1 } })
  ;() => encodeAttrs(nfqa, { mark: undefined })
})
