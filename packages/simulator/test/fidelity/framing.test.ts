import { formatHex } from '@nfkit/inet'
import { decodeAck, errno, Message, messages } from '@nfkit/netlink-codec'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../../src/index.ts'
import { config, configure } from '../queueing.ts'
import { ask, attribute, drain, errorAt, errorOf, flagsAt, hex, joined, message, nest, typeAt } from '../talk.ts'

function open(options = {}) {
  const kernel = new SimulatedKernel(options)
  const socket = kernel.socket()
  socket.bind()
  return { kernel, socket }
}

const tupleOf = (port: number) =>
  nest(
    1,
    nest(1, attribute(1, '0a010001'), attribute(2, '0a010002')),
    nest(2, attribute(1, '11'), attribute(2, port.toString(16).padStart(4, '0')), attribute(3, '07d0')),
  )
const replyOf = (port: number) =>
  nest(
    2,
    nest(1, attribute(1, '0a010002'), attribute(2, '0a010001')),
    nest(2, attribute(1, '11'), attribute(2, '07d0'), attribute(3, port.toString(16).padStart(4, '0'))),
  )
const fill = (socket: ReturnType<typeof open>['socket'], count: number) => {
  for (let i = 1; i <= count; i++) {
    const created = message(0x100, { flags: 0x401, family: 2 }, tupleOf(i), replyOf(i), attribute(7, '00000064'))
    expect(ask(socket, created)).toEqual([])
  }
}

test('F-001 a request that succeeds and asks for it is answered by one 36-byte ACK', () => {
  const { socket } = open()
  const request = configure(7, config.bind)
  const [answer, ...more] = ask(socket, request)
  expect(more).toEqual([])
  expect(answer).toHaveLength(36)
  expect(typeAt(answer!)).toBe(2)
  expect(flagsAt(answer!)).toBe(0x100)
  expect(new Message(answer!, 0, 36)).toMatchObject({ sequence: 1, portId: socket.portId })
  expect(errorAt(answer!)).toBe(0)
  expect(formatHex(answer!.subarray(20))).toBe(formatHex(request.subarray(0, 16)))
})

test('F-002 a failing request is answered, asked for or not, with the whole request', () => {
  for (const flags of [1, 5]) {
    const { socket } = open()
    const request = message(0x302, { flags, resourceId: 7 }, config.params(2))
    const [answer] = ask(socket, request)
    expect(errorAt(answer!)).toBe(-errno.ENODEV)
    expect(answer).toHaveLength(20 + request.length)
    expect(flagsAt(answer!)).toBe(0)
    expect(formatHex(answer!.subarray(20))).toBe(formatHex(request))
  }
})

test('F-003 with CAP_ACK the failing answer has 36 bytes', () => {
  const { socket } = open()
  socket.set('capAck', true)
  const [answer] = ask(socket, configure(7, config.params(2)))
  expect(answer).toHaveLength(36)
  expect(flagsAt(answer!)).toBe(0x100)
})

test('F-004 a policy violation is explained, a refusal by the handler is not', () => {
  const { socket } = open()
  socket.set('extendedAck', true)
  const [violation] = ask(socket, configure(7, attribute(3, '0000')))
  expect(flagsAt(violation!)).toBe(0x200)
  expect(decodeAck([...messages(violation!)][0]!)).toMatchObject({
    errno: errno.ERANGE,
    extended: {
      msg: 'Attribute failed policy validation',
      offs: 20,
      policy: { type: 4, minValueU: 0n, maxValueU: 0xffff_ffffn },
    },
  })
  const [refusal] = ask(socket, configure(7, config.params(2)))
  expect(flagsAt(refusal!)).toBe(0)
})

test('F-005 bytes that are no attribute are ignored, and said so', () => {
  for (const tail of ['ff', 'ff00ff', '0300010000000000', 'ff00010000000000']) {
    const { socket } = open()
    socket.set('extendedAck', true)
    const [answer] = ask(socket, message(0x302, { resourceId: 7 }, config.bind, hex(tail)))
    expect(decodeAck([...messages(answer!)][0]!)).toEqual({
      errno: 0,
      extended: { msg: 'bytes leftover after parsing attributes' },
    })
    expect(ask(socket, message(0x302, { flags: 1, resourceId: 8 }, config.bind, hex(tail)))).toEqual([])
  }
})

test('F-006 a success nobody asked to hear of is silent', () => {
  const { kernel, socket } = open()
  expect(ask(socket, message(0x302, { flags: 1, resourceId: 7 }, config.bind))).toEqual([])
  expect(kernel.procNetlinkQueue()).toContain('    7')
})

test('F-007 without REQUEST nothing is done, and ACK is answered with 0', () => {
  const { kernel, socket } = open()
  expect(ask(socket, message(0x302, { flags: 0, resourceId: 7 }, config.bind))).toEqual([])
  expect(errorOf(socket, message(0x302, { flags: 4, resourceId: 7 }, config.bind))).toBe(0)
  expect(kernel.procNetlinkQueue()).toBe('')
})

test('F-008 control messages do nothing', () => {
  const { socket } = open()
  for (let type = 1; type < 0x10; type++) {
    expect(ask(socket, message(type, { flags: 1 }))).toEqual([])
    expect(errorOf(socket, message(type))).toBe(0)
  }
})

test('F-009 a request without nfgenmsg succeeds', () => {
  const { socket } = open()
  for (const size of [16, 19]) {
    const short = (flags: number) =>
      hex(`${size.toString(16)}000000 0203 0${flags}00 01000000 00000000 ${'00'.repeat(size - 16)}`)
    expect(errorOf(socket, short(5))).toBe(0)
    expect(ask(socket, short(1))).toEqual([])
  }
})

test('F-010 a datagram that cannot be a message produces nothing', () => {
  const { socket } = open()
  for (const length of ['0f000000', '00000000', '20000000', 'ffffffff'])
    expect(ask(socket, hex(`${length} 0203 0500 01000000 00000000 00000007`))).toEqual([])
  expect(ask(socket, hex('1400'))).toEqual([])
})

test('F-011 messages of a datagram are answered one by one, up to a broken length', () => {
  const { kernel, socket } = open()
  const parts = [configure(1, config.bind), configure(1, config.bind), configure(2, config.bind)]
  expect(ask(socket, ...parts).map(errorAt)).toEqual([0, -errno.EBUSY, 0])
  const broken = message(0x302, { resourceId: 4 }, config.bind)
  broken[0] = 0xff
  socket.send(joined([configure(3, config.bind), broken, configure(5, config.bind)]))
  expect(drain(socket)).toHaveLength(1)
  expect(kernel.procNetlinkQueue()).not.toContain('    5 ')
})

test('F-012 all answers can be read when send returns', () => {
  const { socket } = open()
  socket.send(joined(Array.from({ length: 100 }, (_, i) => configure(i, config.bind))))
  expect(socket.received.length).toBe(100)
})

test('F-013 unknown subsystems and messages are refused with EINVAL', () => {
  const { socket } = open()
  for (const type of [0x0d00, 0x7f00, 0x0304, 0x0108, 0x0204])
    expect(errorOf(socket, message(type))).toBe(-errno.EINVAL)
})

test('F-014 unknown attributes are ignored, the last of two counts, and type bits mean nothing', () => {
  const { kernel, socket } = open()
  const parts = [
    attribute(77, 'ffff'),
    attribute(0, 'ff'),
    config.bind,
    config.maxLength(5),
    attribute(3 | 0xc000, '00000009'),
    config.params(2),
  ]
  expect(errorOf(socket, configure(7, ...parts))).toBe(0)
  for (let i = 0; i < 10; i++) void kernel.deliver(hex('450000140000000040110000 7f000001 7f000001'), { queue: 7 })
  expect(kernel.procNetlinkQueue()).toMatch(/^ {4}7 .* 9 +2 65531 +1 +0/)
})

test('F-015 a longer scalar is cut, a shorter one refused', () => {
  const { kernel, socket } = open()
  expect(errorOf(socket, configure(7, config.bind, config.params(1), attribute(3, '00000001ffffffff')))).toBe(0)
  expect(errorOf(socket, configure(7, attribute(3, '000001')))).toBe(-errno.ERANGE)
  for (let i = 0; i < 3; i++) void kernel.deliver(hex('450000140000000040110000 7f000001 7f000001'), { queue: 7 })
  expect(kernel.procNetlinkQueue()).toMatch(/^ {4}7 .* 1 1 +0 +2/)
})

test('F-016 the version, and the family of queue requests, are ignored', () => {
  const { socket } = open()
  expect(errorOf(socket, message(0x302, { resourceId: 7, family: 99, version: 3 }, config.bind))).toBe(0)
})

test('F-017 without CAP_NET_ADMIN the first message gets EPERM, and groups are out of reach', () => {
  const kernel = new SimulatedKernel()
  const socket = kernel.socket({ privileged: false })
  expect(() => socket.bind(0, 1)).toThrow(expect.objectContaining({ syscall: 'bind', code: 'EPERM' }))
  socket.bind()
  expect(() => socket.join(1)).toThrow(expect.objectContaining({ syscall: 'setsockopt', code: 'EPERM' }))
  expect(ask(socket, configure(1, config.bind), configure(2, config.bind)).map(errorAt)).toEqual([-errno.EPERM])
  expect(kernel.procNetlinkQueue()).toBe('')
})

test('F-018 batches are refused as a whole', () => {
  for (const [subsystem, expected] of [
    [1, errno.EOPNOTSUPP],
    [2, errno.EOPNOTSUPP],
    [3, errno.EOPNOTSUPP],
    [13, errno.EINVAL],
    [500, errno.EINVAL],
  ]) {
    const { kernel, socket } = open()
    const begin = message(0x10, { flags: 1, resourceId: subsystem! })
    expect(ask(socket, begin, configure(1, config.bind)).map(errorAt)).toEqual([-expected!])
    expect(kernel.procNetlinkQueue()).toBe('')
  }
})

test('F-019 a dump ends with DONE and has no ACK', () => {
  const { socket } = open()
  const answers = ask(socket, message(0x101, { flags: 0x305, sequence: 9 }))
  expect(answers.map(formatHex)).toEqual([`140000000300020009000000${formatHex(answers[0]!.subarray(12, 16))}00000000`])
})

test('F-020 single answers carry MULTI, and no DONE follows', () => {
  const { socket } = open()
  fill(socket, 1)
  const single = [message(0x101, { flags: 1, family: 2 }, tupleOf(1)), message(0x105, { flags: 1 })]
  for (const request of single) {
    const answers = ask(socket, request)
    expect(answers.map(flagsAt)).toEqual([2])
  }
  ask(socket, message(0x800, {}, attribute(1, '6100'), attribute(2, '0002'), attribute(3, '06'), nest(4)))
  expect(ask(socket, message(0x801, { flags: 1 }, attribute(1, '6100'))).map(flagsAt)).toEqual([2])
})

test('F-021 either dump bit starts a dump', () => {
  const { socket } = open()
  for (const flags of [0x101, 0x201]) expect(ask(socket, message(0x101, { flags })).map(typeAt)).toEqual([3])
})

test('F-022 one dump at a time; other requests are answered in between', () => {
  const { socket } = open()
  fill(socket, 100)
  socket.send(message(0x101, { flags: 0x301, sequence: 1 }))
  socket.send(message(0x101, { flags: 0x301, sequence: 2 }))
  socket.send(message(0x105, { flags: 1, sequence: 3 }))
  const datagrams = drain(socket).map((bytes) => new Message(bytes as Uint8Array, 0, (bytes as Uint8Array).length))
  expect(datagrams.slice(0, 3).map(({ sequence }) => sequence)).toEqual([1, 2, 3])
  expect(errorAt(datagrams[1]!.bytes)).toBe(-errno.EBUSY)
  expect(datagrams.slice(3).every(({ sequence }) => sequence === 1)).toBe(true)
  expect(ask(socket, message(0x101, { flags: 0x301, sequence: 4 })).length).toBeGreaterThan(1)
})

test('F-023 DONE of a dump that found something has a datagram of its own', () => {
  const { socket } = open()
  fill(socket, 1)
  expect(ask(socket, message(0x101, { flags: 0x301 })).map(typeAt)).toEqual([0x100, 3])
})

test('F-024 the first part of a dump is small, later ones as large as what is read into', () => {
  const { socket } = open()
  fill(socket, 400)
  const fresh = open()
  fill(fresh.socket, 400)
  for (const [size, largest] of [
    [65_536, 32_448],
    [8192, 8192],
    [1000, 3776],
  ] as const) {
    const other = fresh.kernel.socket()
    other.bind()
    other.send(message(0x101, { flags: 0x301 }))
    const sizes: number[] = []
    let entries = 0
    for (;;) {
      const { bytes, truncated } = other.receive(size)
      if (!truncated) for (const one of messages(bytes)) entries += one.type === 0x100 ? 1 : 0
      sizes.push(bytes.length)
      if (typeAt(bytes) === 3) break
    }
    expect(sizes[0]).toBeLessThanOrEqual(3776)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(largest)
    if (size >= 8192) {
      expect(entries).toBe(400)
      expect(Math.max(...sizes)).toBeGreaterThan(largest - 400)
    }
  }
})

test('F-025 a buffer that is too small loses the rest of the datagram, and says so', () => {
  const { socket } = open()
  socket.send(configure(7, config.bind))
  const { bytes, truncated } = socket.receive(20)
  expect(bytes).toHaveLength(20)
  expect(truncated).toBe(true)
  expect(drain(socket)).toEqual([])
})

test('F-026 empty datagrams are refused with ENODATA, too long ones with EMSGSIZE', () => {
  const { kernel, socket } = open()
  expect(() => socket.send(new Uint8Array())).toThrow(expect.objectContaining({ code: 'ENODATA' }))
  const padded = (length: number) => joined([configure(7, config.bind), new Uint8Array(length - 28)])
  expect(() => socket.send(padded(212_964))).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }))
  expect(kernel.procNetlinkQueue()).toBe('')
  expect(socket.send(padded(212_960))).toBe(212_960)
  expect(kernel.procNetlinkQueue()).not.toBe('')
})

test('F-027 the first socket of a process has its number as port id, the next a large one', () => {
  const kernel = new SimulatedKernel()
  const [first, second, third, stranger] = [1, 2, 3, 4].map((n) => kernel.socket({ processId: n === 4 ? 99 : 1234 }))
  for (const socket of [first, second, third, stranger]) socket!.bind()
  expect(first!.portId).toBe(1234)
  expect(stranger!.portId).toBe(99)
  for (const { portId } of [second!, third!]) {
    expect(portId).toBeGreaterThanOrEqual(0x8000_0000)
    expect(portId).toBeLessThanOrEqual(0xffff_efff)
  }
  expect(third!.portId).toBe(second!.portId - 1)
  const duplicate = kernel.socket()
  expect(() => duplicate.bind(1234)).toThrow(expect.objectContaining({ syscall: 'bind', code: 'EADDRINUSE' }))
  const unbound = kernel.socket({ processId: 55 })
  unbound.send(configure(1, config.bind))
  expect(unbound.portId).toBe(55)
  expect(() => first!.send(configure(1), 4_000)).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }))
})

test('F-028 the kernel sends from port 0, and multicasts name their group', () => {
  const { kernel, socket } = open()
  const listener = kernel.socket()
  listener.bind(0, 0b101)
  socket.send(message(0x100, { flags: 0x401, family: 2 }, tupleOf(1), replyOf(1), attribute(7, '00000064')))
  socket.send(message(0x102, { family: 2 }, tupleOf(1)))
  expect(listener.receive(9999)).toMatchObject({ from: 0, groups: 0b001 })
  expect(listener.receive(9999)).toMatchObject({ from: 0, groups: 0b100 })
  expect(socket.receive(9999)).toMatchObject({ from: 0, groups: 0 })
})

test('F-029 groups are 1 to 32; binding again replaces them, and cannot change the port', () => {
  const { kernel } = open()
  const socket = kernel.socket()
  socket.bind(500, 0b111)
  for (const group of [0, 33, -1]) expect(() => socket.join(group)).toThrow(expect.objectContaining({ code: 'EINVAL' }))
  socket.join(32)
  expect(socket.groups).toBe(0x8000_0007)
  socket.bind(500, 0b010)
  expect(socket.groups).toBe(0b010)
  expect(() => socket.bind(501, 0)).toThrow(expect.objectContaining({ syscall: 'bind', code: 'EINVAL' }))
})
