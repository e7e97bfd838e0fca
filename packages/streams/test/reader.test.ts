import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDns } from '../src/dns/index.ts'
import { httpExchange, httpRequests } from '../src/http/index.ts'
import { QuicReader } from '../src/quic/index.ts'
import { ByteQueue } from '../src/reader/byte-queue.ts'
import { ReadError } from '../src/reader/error.ts'
import { type Parser, Reader, take } from '../src/reader/reader.ts'
import { comparedName, latin1 } from '../src/reader/text.ts'
import { clientHellos, serverHellos } from '../src/tls/index.ts'

test('a queue of bytes is a list of bytes, whatever becomes of the chunks', () => {
  const step = fc.oneof(
    fc.record({ append: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ take: fc.nat(50) }),
    fc.record({ drop: fc.nat(50) }),
  )
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const queue = new ByteQueue()
      let model: number[] = []
      let offset = 0
      for (const step of steps) {
        if ('append' in step) {
          const chunk = step.append.slice()
          model.push(...chunk)
          queue.append(chunk)
          queue.own()
          chunk.fill(0xdd)
        } else {
          const size = 'take' in step ? step.take : step.drop
          if ('take' in step) expect([...queue.take(size)]).toEqual(model.slice(0, size))
          else queue.drop(size)
          offset += Math.min(size, model.length)
          model = model.slice(size)
        }
        expect([queue.length, queue.offset]).toEqual([model.length, offset])
        if (model.length > 0) {
          expect(queue.at(model.length - 1)).toBe(model.at(-1))
          expect(queue.indexOf(model.at(-1)!, 0)).toBe(model.indexOf(model.at(-1)!))
        }
        expect(queue.indexOf(0xdd, model.length)).toBe(-1)
      }
    }),
  )
})

describe('a reader', () => {
  /** Reads pairs of bytes up to a zero, and refuses 255. */
  function* pairs(input: ByteQueue): Parser<number[]> {
    for (;;) {
      const pair = [...(yield* take(input, 2))]
      if (pair.includes(255)) throw new ReadError('DNS', 'test', 'a byte is 255', input.offset)
      if (pair.includes(0)) return
      yield pair
    }
  }

  test('gives what is in front of a mistake, then the mistake, always', () => {
    const reader = new Reader(pairs)
    expect(reader.push(Uint8Array.of(1, 2, 3))).toEqual([[1, 2]])
    expect(reader.push(Uint8Array.of(4, 5, 6, 255, 8))).toEqual([
      [3, 4],
      [5, 6],
    ])
    for (let i = 0; i < 2; i++) expect(() => reader.push(Uint8Array.of(1))).toThrow(ReadError)
    expect(reader.done).toBe(true)
  })

  test('keeps what is behind its end until the next push', () => {
    const reader = new Reader(pairs)
    expect(reader.rest).toEqual(Uint8Array.of())
    reader.push(Uint8Array.of(1, 2, 0, 0, 7, 8, 9))
    expect(reader.done).toBe(true)
    expect([...reader.rest]).toEqual([7, 8, 9])
    expect(reader.push(Uint8Array.of(1, 2))).toEqual([])
    expect([...reader.rest]).toEqual([])
  })

  test('does not keep a chunk', () => {
    const reader = new Reader(pairs)
    const chunk = Uint8Array.of(1)
    reader.push(chunk)
    chunk.fill(9)
    expect(reader.push(Uint8Array.of(2))).toEqual([[1, 2]])
  })
})

test.each([
  ['WWW.Example.COM.', 'www.example.com'],
  ['a_b-c.example', 'a_b-c.example'],
  ['192.0.2.1', '192.0.2.1'],
  ['', undefined],
  ['.', undefined],
  ['ex ample', undefined],
  ['bücher.example', undefined],
  ['a\0.example', undefined],
  ['a'.repeat(255), 'a'.repeat(255)],
  ['a'.repeat(256), undefined],
])('the name %s is compared as %s', (sent, compared) => {
  expect(comparedName(sent)).toBe(compared)
})

test('text has a character for each byte, however many', () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i)
  expect(latin1(bytes)).toBe(Buffer.from(bytes).toString('latin1'))
  expect(latin1(bytes, 3, 5)).toBe('\x03\x04')
})

test('what is no bytes, and no option, is refused', () => {
  const readers = [clientHellos, serverHellos, httpRequests]
  for (const reader of readers) {
    expect(() => reader().push('text' as never)).toThrow('push takes a Uint8Array, not string')
    expect(() => reader({ max: 1 } as never)).toThrow(`${reader.name}: there is no option "max", only "most"`)
    for (const most of [0, -1, 1.5, Number.NaN, '9' as never]) expect(() => reader({ most })).toThrow(RangeError)
  }
  expect(() => httpExchange({ limit: 1 } as never)).toThrow('httpExchange: there is no option "limit", only "most"')
  expect(() => new QuicReader({ most: 0 })).toThrow('QuicReader: most is a whole number of bytes above 0, not 0')
  expect(() => decodeDns(null as never)).toThrow('decodeDns takes a Uint8Array, not null')
})
