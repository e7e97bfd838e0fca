import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { rewrite } from '@nfkit/ip-codec'
import { openMnl } from '@nfkit/mnl-native'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { freshHost, hosts, rule, sendUdp, sh, tcpExchange, udpListener, until } from '../../../test/host.ts'
import { openQueue, type Packet, type Queue, type QueueOptions } from '../src/index.ts'

let queue: Queue
const errors: unknown[] = []

async function judge(handler: (packet: Packet) => void, options: Partial<QueueOptions> = {}): Promise<void> {
  queue = await openQueue(openMnl(), { number: 1, ...options })
  queue.on('unjudged', ({ error }) => error && errors.push(error)).on('verdictError', (error) => errors.push(error))
  queue.run(handler)
}

beforeEach(() => {
  freshHost()
  errors.length = 0
})
afterEach(async () => {
  await queue.close()
  expect(errors).toEqual([])
})

/** A DNS message with one question and, in an answer, one A record. */
function dns(id: number, name: string, address?: readonly number[]): Buffer {
  const header = Buffer.from([id >> 8, id & 255, address ? 0x81 : 1, 0x80, 0, 1, 0, address ? 1 : 0, 0, 0, 0, 0])
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)])
  const answer = address ? [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address] : []
  return Buffer.from([...header, ...labels, 0, 0, 1, 0, 1, ...answer])
}

describe.each(hosts)('%s', (_, host) => {
  test('a DNS answer is changed in flight, its length too', async () => {
    rule('-A OUTPUT -p udp --sport 5300 -j NFQUEUE --queue-num 1')
    await judge((packet) => {
      const { ip } = packet
      if (!ip?.udp) throw new Error('not UDP')
      const answer = Buffer.from(ip.udp.payload)
      const longer = dns(answer.readUInt16BE(0), 'blocked.much.longer.example', [192, 0, 2, 66])
      packet.accept({ payload: rewrite(ip, { payload: longer }) })
    })
    const type = host.includes(':') ? 'udp6' : 'udp4'
    const server = createSocket(type)
    server.on('message', (query, from) =>
      server.send(dns(query.readUInt16BE(0), 'example', [1, 2, 3, 4]), from.port, from.address),
    )
    await new Promise<void>((resolve) => server.bind(5300, host, resolve))
    const client = createSocket(type)
    const got = await new Promise<Buffer>((resolve) => {
      client.on('message', resolve)
      client.send(dns(4711, 'example'), 5300, host)
    })
    client.close()
    server.close()
    expect(got).toEqual(dns(4711, 'blocked.much.longer.example', [192, 0, 2, 66]))
  })

  test('an HTTP header is changed to one of another length, and the connection goes on', async () => {
    rule('-A INPUT -p tcp --dport 8080 -j NFQUEUE --queue-num 1')
    rule('-A INPUT -p tcp --sport 8080 -j NFQUEUE --queue-num 1')
    const from = 'X-Tag: short'
    const to = 'X-Tag: considerably longer than before'
    const grown = new Map<number, { after: number; by: number }>()
    // The server sees more bytes than the client sent: what each side counts is translated for the other.
    await judge((packet) => {
      const { ip } = packet
      const tcp = ip?.tcp
      if (!ip || !tcp) throw new Error('not TCP')
      const toServer = tcp.destinationPort === 8080
      const flow = grown.get(toServer ? tcp.sourcePort : tcp.destinationPort)
      const text = Buffer.from(tcp.payload).toString('latin1')
      if (toServer && text.includes(from)) {
        const payload = Buffer.from(text.replace(from, to), 'latin1')
        grown.set(tcp.sourcePort, { after: (tcp.sequence + text.length) >>> 0, by: to.length - from.length })
        packet.accept({ payload: rewrite(ip, { payload }) })
      } else if (flow && toServer && ((tcp.sequence - flow.after) | 0) >= 0) {
        packet.accept({ payload: rewrite(ip, { tcp: { sequence: (tcp.sequence + flow.by) >>> 0 } }) })
      } else if (flow && !toServer && ((tcp.acknowledgment - flow.after) | 0) > 0) {
        packet.accept({ payload: rewrite(ip, { tcp: { acknowledgment: (tcp.acknowledgment - flow.by) >>> 0 } }) })
      } else {
        packet.accept()
      }
    })
    const tags: unknown[] = []
    const server = createServer((incoming, response) => {
      tags.push(incoming.headers['x-tag'])
      let body = ''
      incoming.on('data', (chunk) => {
        body += chunk
      })
      incoming.on('end', () => response.end(`you said ${body.length}`))
    })
    await new Promise<void>((resolve) => server.listen(8080, host, resolve))
    const { port } = server.address() as AddressInfo
    const answer = await new Promise<string>((resolve, reject) => {
      const call = request(
        { host, port, method: 'POST', headers: { 'X-Tag': 'short', Connection: 'close' } },
        (response) => {
          let body = ''
          response.on('data', (chunk) => {
            body += chunk
          })
          response.on('end', () => resolve(body))
        },
      )
      call.on('error', reject)
      call.flushHeaders()
      setTimeout(() => call.end('x'.repeat(50_000)), 50)
    })
    await new Promise<void>((resolve) => server.close(() => resolve()))
    expect(tags).toEqual(['considerably longer than before'])
    expect(answer).toBe('you said 50000')
    expect(grown.size).toBe(1)
  })

  test('super-packets with unfinished checksums, replaced by their own bytes, arrive intact', async () => {
    rule('-A OUTPUT -p tcp --dport 2222 -j NFQUEUE --queue-num 1')
    rule('-A OUTPUT -p udp --dport 5353 -j NFQUEUE --queue-num 1')
    sh('ip link set lo mtu 1500')
    onTestFinished(() => void sh('ip link set lo mtu 65536'))
    let [unfinished, large] = [0, 0]
    await judge(
      (packet) => {
        if (packet.checksumNotReady) unfinished++
        if (packet.isGso) large++
        packet.accept({ payload: packet.payload! })
      },
      { gso: true },
    )
    const question = randomBytes(300_000)
    const { server } = await tcpExchange(host, 2222, question, Buffer.from('done'))
    expect(server.equals(question)).toBe(true)
    using listener = await udpListener(host, 5353)
    await sendUdp(host, 5353, ['hello'])
    await until(() => listener.got.length > 0, 'a datagram')
    expect(listener.got).toEqual(['hello'])
    expect(unfinished).toBeGreaterThan(2)
    expect(large).toBeGreaterThan(0)
  })
})
