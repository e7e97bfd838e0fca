import { udp } from '@nfkit/ip-codec/build'
import { SimulatedKernel, type SimulatedTransport } from '@nfkit/simulator'
import { dnsMessages } from '@nfkit/streams/dns'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type NamesOptions, type NameUnresolved, openFirewall } from '../src/index.ts'
import { answer, framed, query } from './suites/dns.ts'

/** Names on a gateway, between its clients and their server of DNS. */

const name = 'www.example.org'
const [client, server, host] = ['192.0.2.7', '203.0.113.53', '198.51.100.2']
const there = `${client}:5000 > ${server}:53`
const back = `${server}:53 > ${client}:5000`
const inwards = { hook: 'forward', indev: 'wan0', outdev: 'lan0' } as const
const outwards = { hook: 'forward', indev: 'lan0', outdev: 'wan0' } as const
const reply = answer({ name }, [{ name, type: 'a', to: host }])

async function gateway(names: Partial<NamesOptions> = {}, deadlineMilliseconds = 5_000) {
  const kernel = new SimulatedKernel({ interfaces: { lo: 1, eth0: 2, lan0: 3, wan0: 4, dmz0: 5 } })
  const transports: SimulatedTransport[] = []
  const firewall = await openFirewall({
    transport() {
      const transport = kernel.connect()
      transports.push(transport)
      return transport
    },
    name: 'gateway',
    hooks: ['forward'],
    match: 'tcp dport 443',
    absent: 'drop',
    judge: () => 'reject',
    names: { servers: [server], ...names },
    deadlineMilliseconds,
  })
  onTestFinished(() => firewall.remove())
  const unresolved: NameUnresolved[] = []
  firewall.on('unresolved', (one) => void unresolved.push(one))
  await firewall.allow(name)
  const connects = async () => {
    kernel.host(host).listen(443, () => {})
    const socket = kernel.host(client).connect(`${host}:443`)
    socket.closed.catch(() => {})
    await kernel.run(1)
    return socket.opened.then(
      () => true,
      () => false,
    )
  }
  return { kernel, transports, firewall, unresolved, connects }
}

/** Have batches get to the kernel late: what does not wait for them is there first. */
function hesitate(transport: SimulatedTransport): void {
  const send = transport.send.bind(transport)
  const isBatch = ([, , , , low, high]: Uint8Array) => low === 16 && high === 0 // NFNL_MSG_BATCH_BEGIN
  transport.send = (datagram) => {
    if (isBatch(datagram)) setTimeout(() => send(datagram.slice()), 30)
    else send(datagram)
  }
}

test('a client connects to what it has asked for', async () => {
  const { kernel, transports, connects } = await gateway()
  for (const transport of transports) hesitate(transport)
  await kernel.deliver(udp(there, { payload: query({ name }) }), outwards)
  expect((await kernel.deliver(udp(back, { payload: reply }), inwards)).verdict).toBe('accept')
  expect(await connects()).toBe(true)
})

test.each([
  ['from the client’s side', { hook: 'forward', indev: 'lan0', outdev: 'lan0' }],
  ['from a third interface', { hook: 'forward', indev: 'dmz0', outdev: 'lan0' }],
  ['to a third interface', { hook: 'forward', indev: 'wan0', outdev: 'dmz0' }],
] as const)('an answer %s adds nothing', async (_, way) => {
  const { kernel, connects } = await gateway()
  await kernel.deliver(udp(there, { payload: query({ name }) }), outwards)
  await kernel.deliver(udp(back, { payload: reply }), way)
  expect(await connects()).toBe(false)
})

test('an answer with a wrong checksum adds nothing, and takes no question away', async () => {
  const { kernel, connects, firewall } = await gateway()
  await kernel.deliver(udp(there, { payload: query({ name }) }), outwards)
  const damaged = udp(back, { payload: reply })
  damaged[damaged.length - 1]! ^= 1
  await kernel.deliver(damaged, { ...inwards, checksum: 'unverified' })
  expect(firewall.stats().names).toEqual({ questions: 1, resolved: 0, unresolved: 0, others: 0 })
  await kernel.deliver(udp(back, { payload: reply }), inwards)
  expect(await connects()).toBe(true)
})

test('an answer that cannot be read is dropped where a client waits for one', async () => {
  const { kernel, unresolved } = await gateway()
  const nonsense = udp(back, { payload: reply.subarray(0, 40) })
  expect((await kernel.deliver(nonsense, inwards)).verdict).toBe('accept')
  await kernel.deliver(udp(there, { payload: query({ name }) }), outwards)
  expect((await kernel.deliver(nonsense, inwards)).verdict).toBe('drop')
  expect(unresolved).toMatchObject([{ name: undefined, client, server, reason: 'malformed' }])
})

test.each(['drop', 'accept'] as const)(
  'a kernel that is silent holds no answer for ever: onFailure %s',
  async (onFailure) => {
    const { kernel, transports, unresolved } = await gateway({ onFailure }, 200)
    for (const transport of transports) kernel.inject({ kind: 'lost answer' }, transport)
    await kernel.deliver(udp(there, { payload: query({ name }) }), outwards)
    expect((await kernel.deliver(udp(back, { payload: reply }), inwards)).verdict).toBe(onFailure)
    await expect.poll(() => unresolved).toMatchObject([{ name, reason: 'kernel' }])
    // The next one is listed again.
    await kernel.deliver(udp(there, { payload: query({ name, id: 9 }) }), outwards)
    const next = answer({ name, id: 9 }, [{ name, type: 'a', to: host }])
    expect((await kernel.deliver(udp(back, { payload: next }), inwards)).verdict).toBe('accept')
  },
)

describe.each([
  ['a good link', {}],
  ['a link that loses, delays and repeats', { loss: 0.1, reorder: 0.3, duplicate: 0.1 }],
] as const)('DNS over TCP through %s', (_, terms) => {
  /** A server that answers each question as soon as it has read it, in pieces. */
  function serves(kernel: SimulatedKernel, bytesOf: (id: number) => Uint8Array) {
    kernel.host(server, terms).listen(53, (socket) => {
      const questions = dnsMessages()
      let read = 0
      socket.closed.catch(() => {})
      const timer = setInterval(() => {
        const heard = socket.received.subarray(read)
        read += heard.length
        for (const { id } of questions.push(heard)) {
          const bytes = bytesOf(id)
          for (let at = 0; at < bytes.length; at += 25) socket.write(bytes.subarray(at, at + 25))
        }
      }, 1)
      onTestFinished(() => clearInterval(timer))
    })
  }

  test('whatever is heard can be connected to at once', async () => {
    const count = 60
    const { kernel, firewall, transports } = await gateway()
    await firewall.allow('*.example.org')
    for (const transport of transports) hesitate(transport)
    const address = (id: number) => `198.51.100.${id + 10}`
    for (let id = 0; id < count; id++) kernel.host(address(id)).listen(443, () => {})
    serves(kernel, (id) => {
      const one = `n${id}.example.org`
      return framed(answer({ id, name: one }, [{ name: one, type: 'a', to: address(id) }]))
    })
    const asker = kernel.host(client, terms)
    // Connections by a link that loses nothing: what is refused is refused by the firewall.
    const visitor = kernel.host('192.0.2.8')
    const conversation = asker.connect(`${server}:53`)
    conversation.closed.catch(() => {})
    for (let id = 0; id < count; id++) conversation.write(framed(query({ id, name: `n${id}.example.org` })))
    const answers = dnsMessages()
    const connected: Promise<unknown>[] = []
    let read = 0
    for (let i = 0; i < 5_000 && connected.length < count; i++) {
      await kernel.run(0.02)
      await new Promise((resolve) => setTimeout(resolve))
      kernel.advance(0.02)
      const heard = conversation.received.subarray(read)
      read += heard.length
      for (const { id } of answers.push(heard)) {
        const socket = visitor.connect(`${address(id)}:443`)
        socket.closed.catch(() => {})
        connected.push(socket.opened)
      }
    }
    await kernel.run(1)
    expect((await Promise.allSettled(connected)).map(({ status }) => status)).toEqual(Array(count).fill('fulfilled'))
    expect(firewall.stats().names).toEqual({ questions: count, resolved: count, unresolved: 0, others: 0 })
  })

  test('of what is too much nothing is heard, and nothing more', async () => {
    const { kernel, unresolved } = await gateway({ addresses: 1 })
    serves(kernel, (id) =>
      framed(
        answer(
          { id, name },
          [1, 2].map((last) => ({ name, type: 'a', to: `198.51.100.${last}` })),
        ),
      ),
    )
    const conversation = kernel.host(client, terms).connect(`${server}:53`)
    conversation.closed.catch(() => {})
    for (let id = 0; id < 3; id++) conversation.write(framed(query({ id, name })))
    for (let i = 0; i < 500; i++) {
      await kernel.run(0.02)
      await new Promise((resolve) => setTimeout(resolve))
      kernel.advance(0.02)
    }
    expect(unresolved[0]).toMatchObject({ name, reason: 'addresses' })
    const answers = dnsMessages()
    expect(answers.push(conversation.received)).toEqual([])
  })
})

test('what DNS says while no name is listed, or of other names, goes on and is forgotten', async () => {
  const { kernel, firewall } = await gateway()
  await kernel.deliver(udp(there, { payload: query({ name: 'other.example' }) }), outwards)
  const other = answer({ name: 'other.example' }, [{ name: 'other.example', type: 'a', to: host }])
  expect((await kernel.deliver(udp(back, { payload: other }), inwards)).verdict).toBe('accept')
  expect(firewall.stats().names).toEqual({ questions: 0, resolved: 0, unresolved: 0, others: 1 })
})

test.each<[object, string]>([
  [{ names: {} }, 'names.servers: name the servers'],
  [{ names: { servers: [] } }, 'names.servers: name the servers'],
  [{ names: { servers: ['ns.example'] } }, 'names.servers: "ns.example" is neither an address nor a network'],
  [{ names: { servers: 'any', queue: 7 }, queue: 7 }, 'names.queue: it is the queue of connections'],
  [{ names: { servers: 'any', leastSeconds: 10, mostSeconds: 5 } }, 'names.leastSeconds: 10 is more than'],
  [{ names: { servers: 'any', privateAddreses: 'drop' } }, 'did you mean "privateAddresses"'],
  [{ names: { servers: 'any', localNames: ['*'] } }, 'names.localNames: "*" is no name'],
])('%j is refused', async (options, text) => {
  const kernel = new SimulatedKernel()
  const others = { transport: () => kernel.connect(), name: 'refused', hooks: ['forward'], absent: 'accept' } as const
  await expect(openFirewall({ ...others, judge: () => 'accept', ...options } as never)).rejects.toThrow(text)
})
