import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatHex, parseHex } from '@nfkit/inet'
import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, test } from 'vitest'
import {
  Attrs,
  attributeAt,
  decode,
  EncodeError,
  encodeAttrs,
  format,
  formatAttrs,
  type Infer,
  Message,
  messageToJson,
  type Table,
  tableOf,
  toJson,
} from '../src/index.ts'
import { encodeMessage, netfilterOf } from '../src/nfnetlink/header.ts'
import {
  type Expression,
  type ExpressionData,
  expression,
  expressionData,
  nftChain,
  nftElements,
  nftFlags,
  nftMessage,
  nftObject,
  nftRule,
  nftSet,
  nftTable,
  statefulExpression,
} from '../src/nftables.ts'
import { littleEndian, putU16 } from '../src/wire/bytes.ts'
import { everything } from './everything.ts'

const hex = (text: string): Uint8Array => parseHex(text)!
const vectors = readFileSync(join(import.meta.dirname, 'vectors/nftables.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const at = line.lastIndexOf(': ')
    return [line.slice(0, at), hex(line.slice(at + 2))] as const
  })
const named = (start: string): Uint8Array => vectors.find(([name]) => name.startsWith(start))![1]
const read = <T extends Table>(table: T, bytes: Uint8Array): Infer<T> => decode(table, bytes, 20)

describe.runIf(littleEndian)('what kernels took', () => {
  test.each(vectors)('%s', (_, bytes) => {
    const message = new Message(bytes, 0, bytes.length)
    const table = tableOf(everything, message.type, message.flags)
    const value = read(table, bytes)
    expect(JSON.stringify(toJson(table, value))).not.toContain('"unknown"')
    const { type, flags, sequence } = message
    const { family, resourceId } = netfilterOf(message)
    expect(formatHex(encodeMessage({ type, flags, sequence, family, resourceId }, table, value))).toBe(formatHex(bytes))
    expect(messageToJson(message, everything)['attributes']).toEqual(toJson(table, value))
  })

  test('a table, a chain and a set', () => {
    expect(read(nftTable, named('NEWTABLE inet nfkit, OWNER'))).toEqual({ name: 'nfkit', flags: nftFlags.table.owner })
    expect(read(nftChain, named('NEWCHAIN out'))).toEqual({
      table: 'nfkit',
      name: 'out',
      hook: { hooknum: 3, priority: -150 },
      policy: 'accept',
      type: 'filter',
    })
    expect(read(nftSet, named('NEWSET svc'))).toEqual({
      table: 'nfkit',
      name: 'svc',
      flags: nftFlags.set.interval | nftFlags.set.concat,
      keyType: 461,
      keyLen: 8,
      desc: { concat: [{ len: 4 }, { len: 2 }] },
      id: 2,
    })
  })

  test('elements: a verdict for a mark', () => {
    expect(read(nftElements, named('NEWSETELEM cached')).elements?.[2]).toEqual({
      key: { value: hex('00003100') },
      data: { verdict: { code: 'goto', chain: 'refuse' } },
    })
  })

  test('a rule, word by word', () => {
    expect(read(nftRule, named('NEWRULE append, native')).expressions).toEqual([
      { name: 'ct', data: { key: 'state', dreg: 1 } },
      {
        name: 'bitwise',
        data: {
          sreg: 1,
          dreg: 1,
          len: 4,
          mask: { value: hex('08000000') },
          xor: { value: hex('00000000') },
        },
      },
      { name: 'cmp', data: { sreg: 1, op: 'neq', data: { value: hex('00000000') } } },
      { name: 'queue', data: { num: 7, total: 1, flags: nftFlags.queue.bypass } },
    ])
    expect(read(nftRule, named('the same rule with target NFQUEUE rev 3')).expressions?.at(-1)).toEqual({
      name: 'target',
      data: { name: 'NFQUEUE', rev: 3, info: hex('0700010001000000') },
    })
  })

  test('an object', () => {
    expect(read(nftObject, named('NEWOBJ counter'))).toMatchObject({
      type: 'counter',
      data: { bytes: 0n, packets: 0n },
    })
  })

  test('is printed with the kernel’s names, lists and chosen nests included', () => {
    const bytes = named('NEWRULE append, native')
    const lines = format(new Message(bytes, 0, bytes.length), everything).split('\n')
    expect(lines[0]).toMatch(/^NFT_MSG_NEWRULE {2}flags REQUEST\|CREATE\|APPEND/)
    expect(lines.slice(3, 8)).toEqual([
      '  NFTA_RULE_EXPRESSIONS',
      '    NFTA_LIST_ELEM',
      '      NFTA_EXPR_NAME "ct"',
      '      NFTA_EXPR_DATA',
      '        NFTA_CT_KEY STATE (0)',
    ])
  })

  test('an attribute that is blamed is found inside a list', () => {
    const bytes = named('NEWRULE append, native')
    const second = bytes.length - 44 - 44 - 68
    expect(attributeAt(bytes, second, everything)?.name).toBe('NFTA_LIST_ELEM')
  })
})

describe('what has no row', () => {
  const data = encodeAttrs(expressionData.cmp, { sreg: 1, op: 'eq' })
  const later: Expression = { name: 'later', unknown: [{ id: 2, bytes: data }] }
  const rule = { table: 't', expressions: [later, { name: 'notrack', data: {} }] } as const

  test('an expression of a newer kernel is kept and written back', () => {
    const bytes = encodeAttrs(nftRule, rule)
    expect(decode(nftRule, bytes)).toEqual(rule)
    expect(formatHex(encodeAttrs(nftRule, decode(nftRule, bytes)))).toBe(formatHex(bytes))
    expect(new Attrs(encodeAttrs(expression, later)).has(expression.rows.data)).toBe(false)
    expect(formatAttrs(nftRule, rule)).toContain(`NFTA_EXPR(2) ${formatHex(data)}`)
  })

  test('so is one of a set element that is none with a state', () => {
    const bytes = encodeAttrs(expression, { name: 'cmp', data: { sreg: 1, op: 'eq' } })
    expect(decode(statefulExpression, bytes)).toEqual({ name: 'cmp', unknown: [{ id: 2, bytes: data }] })
  })

  test('the name of a property of every object is no name of an expression', () => {
    const name = 'constructor'
    expect(decode(expression, encodeAttrs(expression, { name, unknown: [{ id: 2, bytes: data }] }))).toEqual({
      name,
      unknown: [{ id: 2, bytes: data }],
    })
  })

  test('a number without a word is a number', () => {
    const bytes = encodeAttrs(expressionData.meta, { dreg: 1, key: 99 })
    expect(decode(expressionData.meta, bytes)).toEqual({ dreg: 1, key: 99 })
    expect(formatAttrs(expressionData.meta, { key: 99 })).toBe('NFTA_META_KEY 99')
    expect(encodeAttrs(expressionData.meta, { key: 16 })).toEqual(encodeAttrs(expressionData.meta, { key: 'l4proto' }))
  })

  test('data that comes before its name, and a verdict below zero', () => {
    const value = { data: { data: { verdict: { code: 'jump', chain: 'c' } }, dreg: 0 }, name: 'immediate' } as const
    expect(decode(expression, encodeAttrs(expression, value))).toEqual(value)
    expect(new Attrs(encodeAttrs(expression, value)).get(expression.rows.data)).toEqual(value.data)
    expect(formatHex(encodeAttrs(expressionData.immediate, value.data))).toContain('fffffffd')
  })
})

describe('what cannot be', () => {
  const refused = (value: unknown) => () => encodeAttrs(nftRule, value as Infer<typeof nftRule>)

  test('is refused when it is written, by the kernel’s name', () => {
    const cmp = (data: unknown) => ({ expressions: [{ name: 'cmp', data }] })
    expect(refused(cmp({ op: 'ne' }))).toThrow('NFTA_CMP_OP: "ne" is none of eq, neq')
    expect(refused(cmp({ op: 'toString' }))).toThrow(EncodeError)
    expect(refused({ expressions: [{ name: 'cpm', data: {} }] })).toThrow('no table is known for name cpm')
    expect(refused({ expressions: { name: 'cmp' } })).toThrow('NFTA_RULE_EXPRESSIONS: expected an array')
    expect(refused({ expressions: ['cmp'] })).toThrow(EncodeError)
    expect(() => encodeAttrs(nftChain, { hook: { priority: 2 ** 31 } })).toThrow('NFTA_HOOK_PRIORITY')
    expect(() => encodeAttrs(nftChain, { policy: 'continue' as 'drop' })).toThrow('NFTA_CHAIN_POLICY')
  })
})

test('the number of an item does not count: nft numbers elements of sets', () => {
  const value = { elements: [{ key: { value: hex('01') } }] }
  const bytes = encodeAttrs(nftElements, value)
  putU16(bytes, 6, 0x8002)
  expect(decode(nftElements, bytes)).toEqual(value)
  expect(
    attributeAt(encodeMessage({ type: nftMessage.newElements.type, flags: 1 }, nftElements, value), 24, everything)
      ?.name,
  ).toBe('NFTA_LIST_ELEM')
})

test('devices of a hook are told one by one, in their order', () => {
  const value = { hook: { devs: [{ name: 'eth0' }, { prefix: 'wan' }, { unknown: [{ id: 9, bytes: hex('01') }] }] } }
  expect(decode(nftChain, encodeAttrs(nftChain, value))).toEqual(value)
})

test('the name tells the data, for the compiler, too', () => {
  const one = { name: 'cmp', data: { sreg: 1, op: 'lt' } } as Expression
  if (one.name === 'cmp') expectTypeOf(one.data).toEqualTypeOf<ExpressionData<'cmp'> | undefined>()
  expectTypeOf<{ name: 'cmp'; data: { op: 'never' } }>().not.toExtend<Expression>()
  expectTypeOf(nftMessage.newRule.name).toEqualTypeOf<string>()
})

test('lists of any length come back', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('eth0', 'lo', 'wan1'), { maxLength: 40 }), (names) => {
      const value = { hook: { devs: names.map((name) => ({ name })) } }
      expect(decode(nftChain, encodeAttrs(nftChain, value))).toEqual(value)
    }),
  )
})
