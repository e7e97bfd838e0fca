import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hmac } from '../src/hash/hmac.ts'
import { sha256 } from '../src/hash/sha256.ts'

const bytes = fc.uint8Array({ maxLength: 300 })
const hex = (b: Uint8Array) => Buffer.from(b).toString('hex')

test('the hash is SHA-256', () => {
  fc.assert(
    fc.property(bytes, (text) => {
      expect(hex(sha256(text))).toBe(createHash('sha256').update(text).digest('hex'))
    }),
  )
})

test('at every length around the ends of blocks', () => {
  for (let length = 0; length <= 200; length++) {
    const text = new Uint8Array(length).fill(0x61)
    expect(hex(sha256(text))).toBe(createHash('sha256').update(text).digest('hex'))
  }
})

test('the keyed hash is HMAC-SHA256, for several texts under one key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(bytes, { maxLength: 3 }), (key, texts) => {
      const keyed = hmac(key)
      for (const text of texts) expect(hex(keyed(text))).toBe(createHmac('sha256', key).update(text).digest('hex'))
    }),
  )
})
