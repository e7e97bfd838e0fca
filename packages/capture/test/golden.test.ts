import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { messageFlags, messages, u16 } from '@nfkit/netlink-codec'
import { conntrack, conntrackMessage, Flow } from '@nfkit/netlink-codec/conntrack'
import { encodeMessage, subsystem } from '@nfkit/netlink-codec/nfnetlink'
import { Connection } from '@nfkit/netlink-transport'
import { datagrams } from '@nfkit/netlink-transport/compliance'
import { openQueue } from '@nfkit/nfqueue'
import { describe, expect, test } from 'vitest'
import { captureFile } from '../src/file/index.ts'
import { netlinkDatagrams, netlinkNetfilter, readCapture, replayTransport } from '../src/index.ts'
import { captured } from '../src/netlink/protocol.ts'

const vector = (name: string) => fileURLToPath(new URL(`../../netlink-codec/test/vectors/${name}`, import.meta.url))

const addresses = ({ original }: Flow) => `${original?.source?.address} > ${original?.destination?.address}`

const vectors = readdirSync(vector('')).filter((name) => name.endsWith('.pcap'))

function withoutPorts(datagram: Uint8Array): Uint8Array {
  const bytes = datagram.slice()
  for (const { start } of messages(bytes)) bytes.fill(0, start + 12, start + 16)
  return bytes
}

describe('nlmon captures of other programs, Linux 6.1', () => {
  test('the kernel side of a C program judges with our library: the same verdict and connmark for every packet', async () => {
    const transport = await replayTransport(readCapture(captureFile(vector('nfq-c-ipv4.pcap'))), {
      compare: 'meaning',
      onDifference: 'collect',
      // The capture goes on with conntrack -L.
      include: ({ bytes }) => u16(bytes, 4) >> 8 === subsystem.queue,
      patienceMilliseconds: 300,
    })
    const seen: string[] = []
    const queue = await openQueue(transport, { number: 0 })
    queue.run((packet) => {
      seen.push(`${packet.id} ${packet.ip?.source} > ${packet.ip?.destination} ${packet.flow?.mark}`)
      packet.accept({ connmark: seen.length })
    })
    const { differences, matched } = await transport.finished
    await queue.close()

    // What the C program printed at the time.
    const printed = readFileSync(vector('nfq-c-ipv4.txt'), 'utf8')
    const judged = [...printed.matchAll(/Sending verdict for packet (\d+): verdict: 1, connmark: \1$/gm)]
    expect(seen).toHaveLength(judged.length)
    expect(seen.slice(0, 3)).toEqual(['1 10.9.0.1 > 10.9.0.2 0', '2 10.9.0.2 > 10.9.0.1 1', '3 10.9.0.1 > 10.9.0.2 2'])
    // Ours binds and configures in one message, the C program in two.
    expect(matched).toBe(judged.length)
    expect(differences.map(({ kind, record }) => `${record} ${kind}`)).toEqual(['1 changed', '2 missing'])
  })

  test('what conntrack -L was told, ours is told: the same connections', async () => {
    const include = ({ record }: { record: { number: number } }) => record.number <= 3
    const transport = await replayTransport(readCapture(captureFile(vector('ct-list.pcap'))), {
      compare: 'meaning',
      include,
    })
    const connection = new Connection(transport, captured)
    transport.receive(connection)
    const request = encodeMessage({ type: conntrackMessage.get.type, flags: messageFlags.request }, conntrack, {})
    const flows: string[] = []
    for await (const part of connection.dump(request))
      for (const message of messages(part)) flows.push(addresses(Flow.of(message)))
    connection.close()
    expect(await transport.finished).toMatchObject({ matched: 1, differences: [] })

    const [, listed] = readFileSync(vector('ct-list.txt'), 'utf8').split(/^\$ /m)
    const printed = [...listed!.matchAll(/^\w+ +\d+ .*?src=(\S+) dst=(\S+)/gm)]
    expect(printed).toHaveLength(7)
    expect(flows).toEqual(printed.map(([, source, destination]) => `${source} > ${destination}`))
  })

  test.each(vectors)('%s replays to itself, byte for byte but for port ids', async (name) => {
    const recorded: Uint8Array[] = []
    const received: Uint8Array[] = []
    const transport = await replayTransport(readCapture(captureFile(vector(name))))
    transport.receive({
      batch(batch) {
        received.push(...datagrams(batch).map(withoutPorts))
        batch.release()
      },
      error(error) {
        throw error
      },
    })
    for await (const { direction, bytes, protocol } of netlinkDatagrams(readCapture(captureFile(vector(name))))) {
      if (protocol !== netlinkNetfilter) continue
      if (direction === 'toKernel') transport.send(bytes)
      else recorded.push(withoutPorts(bytes))
    }
    const { differences } = await transport.finished
    expect(differences).toEqual([])
    for (let turns = 0; received.length < recorded.length && turns < 100; turns++)
      await new Promise((resolve) => setImmediate(resolve))
    transport.close()
    expect(received).toEqual(recorded)
  })

  test('who sent what is told from the messages alone', async () => {
    const directions: string[] = []
    for await (const { direction } of netlinkDatagrams(readCapture(captureFile(vector('nfq-c-ipv4.pcap')))))
      directions.push(direction === 'toKernel' ? '>' : '<')
    expect(directions.slice(0, 8).join('')).toBe('>><><><>')
  })
})
