import assert from 'node:assert/strict'
import { parseAddress } from '@nfkit/inet'
import { encodeSocketRequest, noCookie, type SocketQuestion, socketMessage } from '@nfkit/netlink-codec/sock-diag'
import { scenario } from '../scenario.ts'
import { asking, header } from '../sock-diag.ts'

const address = (text: string): Uint8Array => {
  const bytes = new Uint8Array(16)
  bytes.set(parseAddress(text)!)
  return bytes
}

/** Ends that no socket of this machine has. */
const nobody = { sport: 1, dport: 2, interface: 0, cookie0: noCookie, cookie1: noCookie }
const families: { readonly [name: string]: Omit<SocketQuestion, 'protocol'> & { readonly family: number } } = {
  IPv4: { family: 2, src: address('10.1.0.1'), dst: address('10.1.0.2'), ...nobody },
  IPv6: { family: 10, src: address('fd00::1'), dst: address('fd00::2'), ...nobody },
}

for (const [name, ends] of Object.entries(families)) {
  for (const [protocol, number] of [
    ['TCP', 6],
    ['UDP', 17],
  ] as const) {
    for (const [what, type] of [
      ['a question', socketMessage.byFamily.type],
      ['a destruction', socketMessage.destroy.type],
    ] as const) {
      scenario('F-410', `${what} about ${protocol} over ${name}`, async (world) => {
        const socket = asking(world)
        const { error } = await socket.ask(encodeSocketRequest(header(type), { ...ends, protocol: number }))
        await socket.close()
        assert.equal(error, 'ENOENT')
      })
    }
  }
}

const everything = { states: 0xffff_ffff, sport: 0, dport: 0 }

scenario('F-411', 'a dump of both families: ENOENT', async (world) => {
  const socket = asking(world)
  const question = { ...families['IPv4']!, ...everything, family: 0, protocol: 6 }
  const { error, entries } = await socket.dump(encodeSocketRequest(header(socketMessage.byFamily.type), question))
  await socket.close()
  assert.equal(error, 'ENOENT')
  assert.deepEqual(entries, [])
})
