import { TransportError } from '@nfkit/netlink-transport'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BpfProgram } from '../src/socket/bpf.ts'
import { attribute, hex, message, nest } from './talk.ts'

const op = (code: number, k = 0, jt = 0, jf = 0) => ({ code, jt, jf, k })
const accept = op(0x06, 0xffff_ffff)
const ignore = op(0x06, 0)
const run = (packet: Uint8Array, ...code: ReturnType<typeof op>[]) => new BpfProgram(code).run(packet)

test('loads, arithmetic and returns', () => {
  const packet = hex('01020304 0506')
  expect(run(packet, op(0x20, 0), op(0x16))).toBe(0x01020304)
  expect(run(packet, op(0x28, 4), op(0x16))).toBe(0x0506)
  expect(run(packet, op(0x30, 5), op(0x04, 1), op(0x16))).toBe(7)
  expect(run(packet, op(0x80), op(0x16))).toBe(6)
  expect(run(packet, op(0x01, 2), op(0x50, 1), op(0x16))).toBe(4)
  expect(run(hex('0045'), op(0xb1, 1), op(0x87), op(0x16))).toBe(20)
  expect(run(packet, op(0x00, 9), op(0x02, 3), op(0x00, 1), op(0x60, 3), op(0x16))).toBe(9)
  expect(run(packet, op(0x00, 7), op(0x07), op(0x00, 1), op(0x0c), op(0x16))).toBe(8)
  expect(run(packet, op(0x20, 3), accept)).toBe(0)
  expect(run(packet, op(0xb1, 6), accept)).toBe(0)
  expect(run(packet, op(0x00, 8), op(0x01, 0), op(0x3c), accept)).toBe(0)
})

test('jumps', () => {
  const packet = hex('0500')
  const compare = (code: number, k: number) => run(packet, op(0x30, 0), op(code, k, 0, 1), accept, ignore) !== 0
  expect([compare(0x15, 5), compare(0x25, 5), compare(0x35, 5), compare(0x45, 4), compare(0x45, 2)]).toEqual([
    true,
    false,
    true,
    true,
    false,
  ])
  expect(run(packet, op(0x05, 1), ignore, accept)).toBe(0xffff_ffff)
})

test('arithmetic is of 32 bits without a sign', () => {
  const none = new Uint8Array(0)
  const isLarge = (...code: ReturnType<typeof op>[]) =>
    run(none, ...code, op(0x25, 0x7fff_ffff, 0, 1), accept, ignore) !== 0
  expect(isLarge(op(0x00, 1), op(0x64, 31))).toBe(true)
  expect(isLarge(op(0x00, 0x4000_0000), op(0x24, 2))).toBe(true)
  expect(isLarge(op(0x00, 0), op(0x14, 1))).toBe(true)
  expect(isLarge(op(0x00, 1), op(0x84))).toBe(true)
  expect(isLarge(op(0x00, 0xffff_ffff), op(0x54, 0x8000_0000))).toBe(true)
  expect(isLarge(op(0x00, 1), op(0x44, 0x8000_0000))).toBe(true)
  expect(isLarge(op(0x00, 0xffff_ffff), op(0x74, 1))).toBe(false)
})

test('what cannot run is refused: memory there is not, a division by 0, a shift by 32, a jump to nowhere', () => {
  const refused = expect.objectContaining({ syscall: 'setsockopt', code: 'EINVAL' })
  const attach = (...code: ReturnType<typeof op>[]) => new BpfProgram([...code, accept])
  for (const code of [0x02, 0x03, 0x60, 0x61]) {
    attach(op(code, 15))
    expect(() => attach(op(code, 16))).toThrow(refused)
  }
  for (const code of [0x34, 0x94]) {
    attach(op(code, 1))
    expect(() => attach(op(code, 0))).toThrow(refused)
  }
  for (const code of [0x64, 0x74]) {
    attach(op(code, 31))
    expect(() => attach(op(code, 32))).toThrow(refused)
  }
  attach(op(0x05, 0), op(0x15, 0, 0, 0))
  for (const [jt, jf] of [
    [1, 0],
    [0, 1],
  ] as const)
    expect(() => attach(op(0x15, 0, jt, jf))).toThrow(refused)
  expect(() => attach(op(0x05, 1))).toThrow(refused)
})

test('finds attributes, and attributes in nests', () => {
  const packet = message(0x100, {}, attribute(8, '00000007'), nest(4, nest(1, attribute(1, '03'))))
  const find = (start: number, type: number, question: number) =>
    run(packet, op(0x00, start), op(0x01, type), op(0x20, 0xffff_f000 + question), op(0x16))
  expect(find(20, 8, 12)).toBe(20)
  expect(find(20, 4, 12)).toBe(28)
  expect(find(28, 1, 16)).toBe(32)
  expect(find(20, 99, 12)).toBe(0)
  expect(find(9999, 1, 12)).toBe(0)
  expect(run(packet, op(0x20, 0xffff_f000), op(0x16))).toBe(12)
})

const program = fc.array(fc.record({ code: fc.nat(0xff), jt: fc.nat(4), jf: fc.nat(4), k: fc.nat(40) }), {
  maxLength: 12,
})

test('a program is refused, or ends with a number of bytes', () => {
  fc.assert(
    fc.property(program, fc.uint8Array({ maxLength: 40 }), (code, packet) => {
      let accepted: number
      try {
        accepted = run(packet, ...code)
      } catch (error) {
        expect(error).toBeInstanceOf(TransportError)
        expect(error).toMatchObject({ syscall: 'setsockopt', code: 'EINVAL' })
        return
      }
      expect(Number.isInteger(accepted) && accepted >= 0).toBe(true)
    }),
  )
})
