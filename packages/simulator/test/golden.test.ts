import { formatHex } from '@nfkit/inet'
import { expect, test } from 'vitest'
import { SimulatedKernel } from '../src/index.ts'
import { drain, hex } from './talk.ts'
import { conversation } from './vectors/conversation.ts'

/** What the wall clock showed: at the start of the entry, in its first event, at its end, and in its last event. */
const readings = [0x18eaa854ddde5037n, 0x18eaa854ddde5bb9n, 0x18eaa854f420e9c9n, 0x18eaa854f420ebc9n]
const udp = hex('45000021762840004011c6a17f0000017f000001b92b1b58000dfe2068656c6c6f')

const bytesOf = (received: unknown) => (received instanceof Uint8Array ? formatHex(received) : String(received))

test('a conversation recorded on Linux 6.18 is answered byte for byte', () => {
  const clock = [...readings]
  const kernel = new SimulatedKernel({ profile: '6.18', wallClock: () => clock.shift()!, random: () => 0x4c874c3b })
  kernel.conntrack.settings.acct = true
  kernel.conntrack.settings.timestamp = true
  const listener = kernel.socket()
  listener.bind(0, 0b111)
  const socket = kernel.socket()
  socket.bind(0x1234)

  let received: string[] = []
  for (const { sent, what, bytes } of conversation) {
    if (sent) {
      expect(received, `nothing more before ${what}`).toEqual([])
      if (what.includes('CAP_ACK')) {
        socket.set('capAck', true)
        socket.set('extendedAck', true)
      }
      if (what.startsWith('CT NEW')) {
        socket.set('capAck', false)
        socket.set('extendedAck', false)
      }
      if (what.startsWith('CT GET by')) kernel.advance(0.004)
      socket.send(hex(bytes))
      received = [...drain(socket), ...drain(listener)].map(bytesOf)
    } else {
      if (what.startsWith('PACKET')) {
        void kernel.deliver(udp, { hook: 'output', queue: 7, mark: 0xbeef, uid: 0, gid: 0, notrack: true })
        received = drain(socket).map(bytesOf)
      }
      expect(received.shift(), what).toBe(bytes)
    }
  }
  expect(received).toEqual([])
})
