import { rewrite } from '@nfkit/ip-codec'
import { openQueue } from '@nfkit/nfqueue'
import { expect, test } from 'vitest'
import { SimulatedKernel, type TcpSocket } from '../src/index.ts'

const page = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7) ^ (i >> 8))

/** A kernel that forwards, and a server on it that answers what it hears with what it is given. */
function serving(answer: Uint8Array, options: Parameters<SimulatedKernel['host']>[1] = {}, seed = 1) {
  const kernel = new SimulatedKernel({ seed })
  kernel.rules.add({ hook: 'forward', verdict: 'accept' })
  const accepted: TcpSocket[] = []
  const server = kernel.host('198.51.100.2', options)
  server.listen(80, (socket) => {
    accepted.push(socket)
    socket.write(answer)
    socket.end()
  })
  return { kernel, accepted, client: kernel.host('192.0.2.7', options) }
}

test.each([
  ['nothing', {}],
  ['super-packets', { gso: 20 }],
  ['small segments without timestamps', { mss: 536, timestamps: false }],
  ['loss', { loss: 0.02 }],
  ['reordering and copies', { reorder: 0.05, duplicate: 0.05 }],
  ['all of it', { loss: 0.02, reorder: 0.05, duplicate: 0.05, gso: 8 }],
])('two hosts say all they have to, whatever the link does: %s', async (_, options) => {
  const { kernel, accepted, client } = serving(page, options)
  const socket = client.connect('198.51.100.2:80')
  socket.write(page.subarray(0, 50_000))
  socket.end()
  await kernel.run(600)
  await socket.closed
  await accepted[0]!.closed
  expect(socket.received).toEqual(page)
  expect(accepted[0]!.received).toEqual(page.subarray(0, 50_000))
})

test('connections are tracked, and end as on a real kernel', async () => {
  const { kernel, client } = serving(page.subarray(0, 10))
  client.connect('198.51.100.2:80').end()
  await kernel.run(1)
  expect(kernel.conntrack.entries.map(({ name }) => name)).toEqual(['tcp 192.0.2.7:32768 > 198.51.100.2:80'])
})

test('nobody listens, nobody answers, somebody breaks off', async () => {
  const { kernel, accepted, client } = serving(page)
  await Promise.all([
    expect(client.connect('198.51.100.2:81').opened).rejects.toMatchObject({ code: 'ECONNREFUSED' }),
    expect(client.connect('203.0.113.1:80').opened).rejects.toMatchObject({ code: 'ETIMEDOUT' }),
    kernel.run(1_000),
  ])
  const socket = client.connect('198.51.100.2:80')
  await Promise.all([socket.opened, kernel.run(0)])
  socket.reset()
  await Promise.all([expect(socket.closed).rejects.toMatchObject({ code: 'ECONNRESET' }), kernel.run(1)])
  expect(accepted.length).toBe(1)
})

test('what a host says goes through the queue, whole or in segments', async () => {
  for (const gso of [true, false]) {
    const kernel = new SimulatedKernel()
    kernel.rules.add({ hook: 'output', protocol: 'tcp', queue: 0 })
    const queue = await openQueue(kernel.connect(), { number: 0, gso })
    const sizes: number[] = []
    queue.run((packet) => {
      const size = packet.ip?.tcp?.payload.length ?? 0
      if (size > 0) sizes.push(size)
      packet.accept()
    })
    const received: TcpSocket[] = []
    kernel.host('198.51.100.2').listen(80, (socket) => received.push(socket))
    kernel
      .host('192.0.2.7', { local: true, gso: 4, timestamps: false })
      .connect('198.51.100.2:80')
      .write(page.subarray(0, 5_840))
    await kernel.run(10)
    expect(received[0]!.received).toEqual(page.subarray(0, 5_840))
    expect(sizes).toEqual(gso ? [5_840] : [1_460, 1_460, 1_460, 1_460])
    await queue.close()
  }
})

test('the device loses a super-packet that was rewritten to one segment, as Linux does', async () => {
  const kernel = new SimulatedKernel()
  kernel.rules.add({ hook: 'output', protocol: 'tcp', queue: 0 })
  const queue = await openQueue(kernel.connect(), { number: 0, gso: true })
  const sizes: number[] = []
  queue.run((packet) => {
    const { ip } = packet
    if (ip?.tcp === undefined || ip.tcp.payload.length < 2_000 || sizes.push(1) > 1) return packet.accept()
    packet.accept({ payload: rewrite(ip, { payload: ip.tcp.payload.subarray(0, 1_000) }) })
  })
  const received: TcpSocket[] = []
  kernel.host('198.51.100.2').listen(80, (socket) => received.push(socket))
  kernel.host('192.0.2.7', { local: true, gso: 4 }).connect('198.51.100.2:80').write(page.subarray(0, 5_000))
  await kernel.run(0.1)
  expect(received[0]!.received.length).toBe(0)
  await kernel.run(10)
  expect(received[0]!.received).toEqual(page.subarray(0, 5_000))
  await queue.close()
})

test('what was lost is sent again when nothing acknowledges it, until it is too late', async () => {
  const { kernel, accepted, client } = serving(new Uint8Array(0))
  const cut = () => kernel.rules.add({ hook: 'forward', table: 'mangle', verdict: 'drop' })
  const socket = client.connect('198.51.100.2:80')
  await Promise.all([socket.opened, kernel.run(0)])
  const gap = cut()
  socket.write(page.subarray(0, 100))
  await kernel.run(0.1)
  gap.remove()
  await kernel.run(0.3)
  expect(accepted[0]!.received).toEqual(page.subarray(0, 100))
  const end = cut()
  socket.write(page.subarray(0, 100))
  await Promise.all([expect(socket.closed).rejects.toMatchObject({ code: 'ETIMEDOUT' }), kernel.run(1000)])
  expect(end.matched).toBe(1 + 15)
})

test('what cannot be is refused', () => {
  const kernel = new SimulatedKernel()
  const host = kernel.host('192.0.2.7')
  expect(() => kernel.host('192.0.2.7')).toThrow('there is a host 192.0.2.7 already')
  expect(() => host.connect('198.51.100.2')).toThrow('198.51.100.2 is no address with a port')
})
