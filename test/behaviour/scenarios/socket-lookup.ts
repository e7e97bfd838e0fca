import assert from 'node:assert/strict'
import { encodeSocketRequest, type SocketQuestion, socket, socketOf } from '@nfkit/netlink-codec/sock-diag'
import { scenario } from '../scenario.ts'
import { asking, between, endsOf, header, opened, type Program } from '../sock-diag.ts'
import type { World } from '../world.ts'

const [here, there] = ['10.1.0.1:53', '10.1.0.2:4000']
const [here6, there6] = ['[fd00::1]:53', '[fd00::2]:4000']

/** The message about the socket that a question finds, or the error's name. */
async function find(world: World, question: SocketQuestion) {
  const asker = asking(world)
  const { error, replies } = await asker.ask(encodeSocketRequest(header(), question))
  await asker.close()
  return replies[0] ?? error
}

/** The ends of that socket, or the error's name. */
async function found(world: World, question: SocketQuestion): Promise<string> {
  const message = await find(world, question)
  return typeof message === 'string' ? message : endsOf(message)
}

const bound = (local: string, more: Partial<Program> = {}): Program => ({ protocol: 'udp', local, ...more })
const connected = (remote: string): Program => ({ protocol: 'udp', local: here, remote })

const nowhere = '0.0.0.0:0'
const cases: readonly (readonly [name: string, programs: readonly Program[], found: string])[] = [
  ['one that is connected before one that is not', [bound(here), connected(there)], `${here} > ${there}`],
  ['one that is connected to another address', [connected('10.1.0.1:4000')], 'ENOENT'],
  ['one that is connected to another port', [connected('10.1.0.2:4001')], 'ENOENT'],
  ['one that is connected from another port', [{ ...connected(there), local: '10.1.0.1:54' }], 'ENOENT'],
  ['one that is connected from another address', [{ ...connected(there), local: '10.1.0.2:53' }], 'ENOENT'],
  ['one that is bound to the address', [bound(here)], `${here} > ${nowhere}`],
  ['one that is bound to another address', [bound('10.1.0.2:53')], 'ENOENT'],
  ['one that is bound to another port', [bound('10.1.0.1:54')], 'ENOENT'],
  ['one that is bound to any address', [bound('0.0.0.0:53')], `0.0.0.0:53 > ${nowhere}`],
  ['the address before any, which is older', [bound('0.0.0.0:53'), bound(here)], `${here} > ${nowhere}`],
  ['the address before any, which is younger', [bound(here), bound('0.0.0.0:53')], `${here} > ${nowhere}`],
  ['one of IPv6, which takes IPv4', [bound('[::]:53')], '[::]:53 > [::]:0'],
  ['one of IPv6, which takes none', [bound('[::]:53', { ipv6Only: true })], 'ENOENT'],
  ['one of IPv6 with an address', [bound(here6)], 'ENOENT'],
  ['IPv4 before IPv6', [bound('0.0.0.0:53'), bound('[::]:53')], `0.0.0.0:53 > ${nowhere}`],
  ['one that is bound to a device', [bound(here, { device: 'left' })], 'ENOENT'],
  ['a socket of another protocol', [{ protocol: 'tcp', local: here }], 'ENOENT'],
]
for (const [name, programs, expected] of cases)
  scenario('F-418', name, async (world) => {
    for (const program of programs) await opened(world, program)
    assert.equal(await found(world, between('udp', here, there)), expected)
  })

for (const [name, program, question, expected] of [
  ['a listener', here, between('tcp', here, there), `${here} > ${nowhere}`],
  ['a listener, asked for as UDP is', here, between('tcp', there, here), 'ENOENT'],
  ['a listener of IPv6', here6, between('tcp', here6, there6), `${here6} > [::]:0`],
  ['a listener of IPv6 at any address', '[::]:53', between('tcp', here, there), '[::]:53 > [::]:0'],
  ['a listener of IPv4 for IPv6', '0.0.0.0:53', between('tcp', here6, there6), 'ENOENT'],
] as const)
  scenario('F-418', name, async (world) => {
    await opened(world, { protocol: 'tcp', local: program })
    assert.equal(await found(world, question), expected)
  })

scenario('F-418', 'one that is connected, of IPv6', async (world) => {
  await opened(world, { protocol: 'udp', local: here6, remote: there6 })
  assert.equal(await found(world, between('udp', here6, there6)), `${here6} > ${there6}`)
})

scenario('F-418', 'of equal ones the younger', async (world) => {
  await opened(world, bound(here, { mark: 1 }))
  await opened(world, bound(here, { mark: 2 }))
  const message = await find(world, between('udp', here, there))
  assert.ok(typeof message !== 'string')
  assert.equal(socketOf(message).attrs.get(socket.rows.mark), 2)
})

scenario('F-418', 'the device before none', async (world) => {
  const left = await world.device('left')
  await opened(world, bound(here, { device: 'left' }))
  await opened(world, bound(here))
  const of = async (index: number) => {
    const message = await find(world, { ...between('udp', here, there), interface: index })
    return typeof message === 'string' ? message : socketOf(message).header.interface
  }
  assert.deepEqual([await of(left), await of(0), await of(await world.device('right'))], [left, 0, 0])
})

for (const [protocol, error] of [
  ['udp', 'ESTALE'],
  ['tcp', 'ENOENT'],
] as const)
  scenario('F-418', `of ${protocol.toUpperCase()} the one with the cookie, else ${error}`, async (world) => {
    await opened(world, { protocol, local: here })
    const question = between(protocol, here, there)
    const message = await find(world, question)
    assert.ok(typeof message !== 'string')
    const { cookie0, cookie1 } = socketOf(message).header
    assert.equal(await found(world, { ...question, cookie0, cookie1 }), `${here} > ${nowhere}`)
    assert.equal(await found(world, { ...question, cookie0: cookie0 + 1, cookie1 }), error)
    assert.equal(await found(world, { ...question, cookie0, cookie1: cookie1 + 1 }), error)
  })
