import assert from 'node:assert/strict'
import { ipProtocol, parseAddress } from '@nfkit/inet'
import { family } from '@nfkit/netlink-codec/nfnetlink'
import { encodeSocketRequest, type SocketQuestion, socketState } from '@nfkit/netlink-codec/sock-diag'
import { scenario } from '../scenario.ts'
import { asking, endsOf, header, opened, type Program } from '../sock-diag.ts'
import type { World } from '../world.ts'

const bound: Program = { protocol: 'udp', local: '10.1.0.1:53', mark: 0x11 }
const connected: Program = { protocol: 'udp', local: '10.1.0.2:4000', remote: '10.1.0.1:53' }
const any: Program = { protocol: 'udp', local: '0.0.0.0:68', device: 'left' }
const six: Program = { protocol: 'udp', local: '[fd00::1]:53' }
/** IPv4 in a socket of IPv6. */
const mapped: Program = { protocol: 'udp', local: '[::ffff:10.1.0.1]:99', remote: '[::ffff:10.1.0.2]:1' }
const listener: Program = { protocol: 'tcp', local: '10.1.0.1:443' }

const [one, two, three] = ['10.1.0.1:53 > 0.0.0.0:0', '10.1.0.2:4000 > 10.1.0.1:53', '0.0.0.0:68 > 0.0.0.0:0']
const [four, five] = ['[fd00::1]:53 > [::]:0', '[::ffff:10.1.0.1]:99 > [::ffff:10.1.0.2]:1']

/** The ends of all sockets that a dump tells of, sorted: of the programs above, and of UDP over IPv4 unless told otherwise. */
async function dumped(world: World, question: Partial<SocketQuestion>, bytecode?: Uint8Array): Promise<string[]> {
  for (const program of [bound, connected, any, six, mapped, listener]) await opened(world, program)
  const socket = asking(world)
  const whole = { family: family.ipv4, protocol: ipProtocol.udp, states: 0xffff_ffff, ...question }
  const { error, entries } = await socket.dump(encodeSocketRequest(header(), whole, bytecode && { bytecode }))
  await socket.close()
  assert.equal(error, '0')
  return entries.map(endsOf).sort()
}

const questions: readonly (readonly [name: string, question: Partial<SocketQuestion>, found: readonly string[]])[] = [
  ['a family and a protocol', {}, [one, two, three]],
  ['another family', { family: family.ipv6 }, [four, five]],
  ['another protocol', { protocol: ipProtocol.tcp, states: 1 << socketState.listen }, ['10.1.0.1:443 > 0.0.0.0:0']],
  ['states', { states: 1 << socketState.established }, [two]],
  ['other states', { states: 1 << socketState.close }, [one, three]],
  ['states in which there is none', { protocol: ipProtocol.tcp, states: 1 << socketState.synSent }, []],
  ['a port of its own', { sport: 53 }, [one]],
  ['a remote port', { dport: 53 }, [two]],
  ['both ports', { sport: 4000, dport: 53 }, [two]],
  ['both ports, of different sockets', { sport: 53, dport: 53 }, []],
]
for (const [name, question, found] of questions)
  scenario('F-419', `by ${name}`, async (world) => {
    assert.deepEqual(await dumped(world, question), [...found].sort())
  })

/** An instruction: its code, how far to go when it holds and when it does not, and its operand (struct inet_diag_bc_op). */
const instruction = (code: number, yes: number, no: number, ...operand: readonly number[]): number[] => [
  ...[code, yes, no & 0xff, no >> 8],
  ...operand,
]
/** One condition, which decides alone. */
const only = (code: number, ...operand: readonly number[]): Uint8Array => {
  const length = 4 + operand.length
  return Uint8Array.from(instruction(code, length, length + 4, ...operand))
}
const port = (number: number): number[] => instruction(0, 0, number)
/** An address of which so many bits matter, and a port or none (struct inet_diag_hostcond). */
const host = (of: number, bits: number, text: string, number = 0xffff_ffff): number[] => [
  ...[of, bits, 0, 0],
  ...[0, 8, 16, 24].map((shift) => (number >>> shift) & 0xff),
  ...(text === '' ? [] : parseAddress(text)!),
]

const [left, pair] = [instruction(2, 8, 20, 0, 0, 60, 0), instruction(3, 8, 12, 0, 0, 70, 0)]
const programs: readonly (readonly [name: string, program: Uint8Array, found: readonly string[]])[] = [
  ['accepts all', Uint8Array.from(instruction(0, 4, 0)), [one, two, three]],
  ['jumps over its end', Uint8Array.from(instruction(1, 4, 8)), []],
  ['jumps to its end', Uint8Array.from([...instruction(1, 4, 4)]), [one, two, three]],
  ['wants a port of its own from 68 on', only(2, ...port(68)), [two, three]],
  ['wants a port of its own up to 68', only(3, ...port(68)), [one, three]],
  ['wants a remote port from 53 on', only(4, ...port(53)), [two]],
  ['wants a remote port up to 52', only(5, ...port(52)), [one, three]],
  ['wants a port of its own', only(11, ...port(68)), [three]],
  ['wants a remote port', only(12, ...port(53)), [two]],
  ['wants an address of its own', only(7, ...host(2, 32, '10.1.0.1')), [one]],
  ['wants a network of its own', only(7, ...host(2, 24, '10.1.0.9')), [one, two]],
  ['wants an address and a port of its own', only(7, ...host(2, 32, '10.1.0.1', 54)), []],
  ['wants a remote address', only(8, ...host(2, 32, '10.1.0.1', 53)), [two]],
  ['wants a remote address of zeros', only(8, ...host(2, 32, '0.0.0.0', 0)), [one, three]],
  ['wants an address of IPv6', only(7, ...host(10, 0, 'fd00::1')), []],
  ['wants no address', only(7, ...host(0, 0, '')), [one, two, three]],
  ['wants two things', Uint8Array.from([...left, ...pair]), [three]],
]
for (const [name, program, found] of programs)
  scenario('F-419', `by a program that ${name}`, async (world) => {
    assert.deepEqual(await dumped(world, {}, program), [...found].sort())
  })

const v6 = { family: family.ipv6 }
for (const [name, program, found] of [
  ['IPv6', only(7, ...host(10, 128, 'fd00::1')), [four]],
  ['IPv6, whose network it is', only(8, ...host(10, 96, '::ffff:0.0.0.0')), [five]],
  ['IPv4', only(7, ...host(2, 32, '10.1.0.1')), [five]],
  ['IPv4, to a remote port', only(8, ...host(2, 24, '10.1.0.9', 1)), [five]],
  ['IPv4, of which no bit matters', only(7, ...host(2, 0, '10.1.0.1')), [five]],
  ['IPv4, which it is not', only(8, ...host(2, 32, '10.1.0.1')), []],
] as const)
  scenario('F-419', `of sockets of IPv6 by a program that wants an address of ${name}`, async (world) => {
    assert.deepEqual(await dumped(world, v6, program), found)
  })

scenario('F-419', 'by a program that wants a device', async (world) => {
  const index = await world.device('left')
  assert.deepEqual(await dumped(world, {}, only(9, index & 0xff, index >> 8, 0, 0)), [three])
})

scenario('F-419', 'by a program that wants bits of a mark', async (world) => {
  assert.deepEqual(await dumped(world, {}, only(10, 0x10, 0, 0, 0, 0xf0, 0, 0, 0)), [one])
})

for (const [what, program] of [
  ['an instruction that there is not', Uint8Array.of(99, 4, 8, 0)],
  ['a jump to nowhere', Uint8Array.of(1, 4, 200, 0)],
  ['half an instruction', Uint8Array.of(2, 8)],
  ['half an operand', Uint8Array.of(2, 8, 12, 0, 0, 0)],
  ['a step that is too long', Uint8Array.from(instruction(0, 12, 0))],
  ['a step that is too short', Uint8Array.from(instruction(2, 4, 12, ...port(1)))],
  ['a step that is no word', Uint8Array.from([...instruction(0, 5, 0), 0, 0, 0, 0])],
  ['a step into an instruction', Uint8Array.from([...instruction(1, 4, 8), ...instruction(2, 8, 12, ...port(1))])],
  ['an address that is cut off', only(7, ...host(2, 32, '').slice(0, 8))],
  ['an address of no family', only(7, ...host(3, 32, '10.1.0.1'))],
  ['an address of more bits than it has', only(7, ...host(2, 33, '10.1.0.1'))],
] as const)
  scenario('F-411', `${what}: EINVAL`, async (world) => {
    const socket = asking(world)
    const question = { family: family.ipv4, protocol: ipProtocol.udp, states: 0xffff_ffff }
    const { error } = await socket.dump(encodeSocketRequest(header(), question, { bytecode: program }))
    await socket.close()
    assert.equal(error, 'EINVAL')
  })
