import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openConntrack } from '@nfkit/conntrack'
import { openMnl } from '@nfkit/mnl-native'
import type { Transport } from '@nfkit/netlink-transport'
import { openQueue, type Queue } from '@nfkit/nfqueue'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freshHost, hosts, rule, sendUdp, udpListener, until } from '../../../test/host.ts'
import { captureFile, FileSink } from '../src/file/index.ts'
import { readCapture, record, replayTransport } from '../src/index.ts'

let folder: string
beforeEach(() => {
  freshHost()
  folder = mkdtempSync(join(tmpdir(), 'live-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const isOdd = (byte: number) => byte % 2 === 1

/** A program under test: drops UDP payloads that start with an even byte, marks the others with it. */
async function program(transport: Transport): Promise<{ queue: Queue; decisions: string[] }> {
  const decisions: string[] = []
  const queue = await openQueue(transport, { number: 7, copyRange: 200 })
  queue.run((packet) => {
    const first = packet.ip?.udp?.payload[0] ?? 0
    decisions.push(`${packet.id} ${packet.hook} ${packet.indevName} ${first}`)
    if (isOdd(first)) packet.accept({ mark: first })
    else packet.drop()
  })
  return { queue, decisions }
}

test('a live session, recorded, replays to the same decisions, and to others of another program', async () => {
  const file = join(folder, 'session.pcapng')
  rule('-A INPUT -p udp --dport 9999 -j NFQUEUE --queue-num 7')
  const live = await program(record(openMnl(), new FileSink(file)))
  const texts = Array.from({ length: 40 }, (_, i) => String(i))
  const odd = texts.filter((text) => isOdd(text.charCodeAt(0)))
  for (const [, host] of hosts) {
    using listener = await udpListener(host, 9999)
    await sendUdp(host, 9999, texts)
    await until(() => listener.got.length === odd.length, 'the odd datagrams')
    expect(listener.got).toEqual(odd)
  }
  await until(() => live.decisions.length === 80, 'the even ones')
  await live.queue.close()
  expect(live.decisions[1]).toBe('2 input lo 49')

  const transport = await replayTransport(readCapture(captureFile(file)))
  const again = await program(transport)
  await transport.quiet
  await again.queue.close()
  expect(again.decisions).toEqual(live.decisions)
  expect(await transport.finished).toMatchObject({ differences: [] })
  expect((await transport.finished).matched).toBeGreaterThan(80)

  const strict = await replayTransport(readCapture(captureFile(file)), { onDifference: 'collect' })
  const other = await openQueue(strict, { number: 7, copyRange: 200 })
  other.run((packet) => packet.accept())
  await strict.quiet
  await other.close()
  const { differences } = await strict.finished
  expect(differences).toHaveLength(80)
  expect(new Set(differences.map(({ kind }) => kind))).toEqual(new Set(['changed']))
})

/** Makes an entry, changes it, reads it three ways, removes it; tells what it saw, and what events said meanwhile. */
async function conntrackProgram(transport: Transport): Promise<string[]> {
  const seen: string[] = []
  await using table = await openConntrack(transport)
  const original = {
    protocol: 'udp',
    source: { address: '192.0.2.1', port: 1 },
    destination: { address: '192.0.2.2', port: 2 },
  } as const
  await using events = table.events()
  await table.create({ original, timeoutSeconds: 600, mark: 5 })
  await table.update(original, { mark: 6 })
  seen.push(`get ${(await table.get(original))?.mark}`)
  for await (const flow of table.dump({ mark: 6 })) seen.push(`dump ${flow}`)
  await expect(table.create({ original, timeoutSeconds: 1 })).rejects.toMatchObject({ code: 'EEXIST' })
  await table.delete(original)
  seen.push(`get ${await table.get(original)}`)
  for await (const event of events) {
    if (event.kind === 'gap') continue
    seen.push(`${event.kind} ${event.portId === transport.portId}`)
    if (event.kind === 'destroy') break
  }
  return seen
}

test('a conntrack session, recorded with the sockets of its dump and its events, replays the same', async () => {
  const file = join(folder, 'conntrack.pcapng')
  const live = await conntrackProgram(record(openMnl(), new FileSink(file)))
  expect(live).toEqual([
    'get 6',
    expect.stringMatching(/^dump .*192\.0\.2\.1/),
    'get undefined',
    'new true',
    'update true',
    'destroy true',
  ])
  const transport = await replayTransport(readCapture(captureFile(file)))
  expect(await conntrackProgram(transport)).toEqual(live)
  expect(await transport.finished).toMatchObject({ differences: [] })
})
