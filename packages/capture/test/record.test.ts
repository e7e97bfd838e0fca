import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatHex } from '@nfkit/inet'
import { encodeDone, errno, messages } from '@nfkit/netlink-codec'
import { netfilterOf } from '@nfkit/netlink-codec/nfnetlink'
import { nfqa } from '@nfkit/netlink-codec/nfqueue'
import { Connection, type Transport } from '@nfkit/netlink-transport'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { captureFile, FileSink } from '../src/file/index.ts'
import {
  type CaptureSink,
  captureKind,
  linktype,
  MemorySink,
  netlinkDatagrams,
  readCapture,
  record,
} from '../src/index.ts'
import { captured } from '../src/netlink/protocol.ts'
import { Recording } from '../src/record/recording.ts'
import {
  answer,
  bind,
  dump,
  entry,
  type Line,
  packet,
  recordedPort,
  recording,
  replay,
  unbind,
  verdict,
} from './conversation.ts'

const demo = fileURLToPath(new URL('../../../apps/nfqueue-test/captures/demo.pcapng', import.meta.url))

const session: Line[] = [
  ['>', bind(1)],
  ['<', answer(bind(1))],
  ['>', dump(2), 'netlink.1'],
  ['<', entry(10, 2, recordedPort + 1), 'netlink.1'],
  ['<', encodeDone(2, { errno: 0, portId: recordedPort + 1 }), 'netlink.1'],
  ['<', packet(1)],
  ['>', verdict(1, 1)],
  ['<', packet(2)],
  ['>', verdict(2, 0)],
  ['>', unbind(3)],
  ['<', answer(unbind(3), errno.EINVAL)],
]

/** A program: binds, looks at the table, judges, unbinds. */
async function run(transport: Transport, quiet: Promise<unknown>, decide: (id: number) => number): Promise<number[]> {
  const seen: number[] = []
  const connection = new Connection(transport, captured, {
    message: (message) => {
      const id = netfilterOf(message).attrs.get(nfqa.rows.packetHdr)!.packetId
      seen.push(id)
      transport.send(verdict(id, decide(id)))
    },
    error() {},
  })
  transport.receive(connection)
  await connection.request(bind(0))
  for await (const part of connection.dump(dump(0))) seen.push([...messages(part)].length)
  await quiet
  await connection.request(unbind(0)).catch(() => {})
  connection.close()
  return seen
}

const decide = (id: number) => (id === 1 ? 1 : 0)

async function lines(capture: Uint8Array): Promise<string[]> {
  const found: string[] = []
  for await (const { direction, bytes, interface: at } of netlinkDatagrams(readCapture(capture)))
    found.push(`${at.name} ${direction} ${formatHex(bytes)}`)
  return found
}

/** A recording with sequence numbers and port ids struck out. */
async function bare(capture: Uint8Array): Promise<string[]> {
  return (await lines(capture)).map((line) =>
    line.replace(/( [0-9a-f]{16})[0-9a-f]{16}(?:(.{32})[0-9a-f]{16})?/, '$1 $2'),
  )
}

describe('a recording', () => {
  test('of a replay holds what was replayed, and replays to the same decisions', async () => {
    const sink = new MemorySink()
    const first = await replay(recording(session))
    expect(await run(record(first, sink), first.quiet, decide)).toEqual([1, 1, 2])
    expect((await first.finished).differences).toEqual([])
    expect((await bare(sink.bytes)).sort()).toEqual((await bare(recording(session))).sort())

    const second = await replay(sink.bytes)
    expect(await run(second, second.quiet, decide)).toEqual([1, 1, 2])
    expect(await second.finished).toMatchObject({ matched: 5, differences: [] })

    const third = await replay(sink.bytes)
    await run(third, third.quiet, () => 1)
    await expect(third.finished).rejects.toMatchObject({ name: 'ReplayError', difference: { kind: 'changed' } })
  })

  test('says which way, when, and on which socket', async () => {
    const sink = new MemorySink()
    const before = BigInt(Date.now()) * 1_000_000n
    const kernel = await replay(recording(session))
    await run(record(kernel, sink), kernel.quiet, decide)
    const after = BigInt(Date.now() + 1) * 1_000_000n
    let last = before
    for await (const { timestampNs, linktype: type, interface: at, direction } of readCapture(sink.bytes)) {
      expect(type).toBe(linktype.netlink)
      expect(timestampNs! >= last && timestampNs! <= after).toBe(true)
      last = timestampNs!
      expect(at.description).toMatch(at.name === 'netlink' ? 'nfkit socket, port 1' : 'nfkit socket, port 2')
      expect(direction).toBeDefined()
    }
  })

  test('passes everything on, with results and errors, and replays those', async () => {
    const sink = new MemorySink()
    const file = new Recording(sink, () => {})
    const socket = file.open('netlink', recordedPort)
    const call = (name: string, args: unknown[], more = {}) =>
      file.event(socket, 'outbound', 'noop', { call: name, arguments: args, ...more })
    call('set', ['noEnobufs', true])
    call('resize', [{ receive: 1 }], { result: { receive: 4096, send: 8192 } })
    call('join', [1], { error: { syscall: 'setsockopt', errno: errno.EPERM } })
    call('interfaceName', [2], { result: 'eth0' })
    call('leave', [2])
    call('filter', [[{ code: 6, jt: 0, jf: 0, k: 1 }]])
    file.datagram(socket, 'outbound', bind(1), { error: { syscall: 'sendto', errno: errno.ENOBUFS } })
    file.close()

    let capture = sink.bytes
    for (let round = 0; round < 2; round++) {
      const again = new MemorySink()
      const kernel = await replay(capture)
      const transport = record(kernel, again)
      transport.set('noEnobufs', true)
      expect(transport.resize({ receive: 1 })).toEqual({ receive: 4096, send: 8192 })
      expect(transport.sendLimit).toBe(8192 - 32)
      expect(transport.portId).toBe(kernel.portId)
      expect(transport.counters()).toEqual(kernel.counters())
      expect(() => transport.join(1)).toThrow(expect.objectContaining({ name: 'TransportError', code: 'EPERM' }))
      expect(transport.interfaceName(2)).toBe('eth0')
      expect(transport.interfaceName(3)).toBeUndefined()
      transport.leave(2)
      expect(() => transport.send(new Uint8Array())).toThrow(expect.objectContaining({ code: 'ENODATA' }))
      transport.filter([{ code: 6, jt: 0, jf: 0, k: 1 }])
      expect(() => transport.send(bind(7))).toThrow(expect.objectContaining({ code: 'ENOBUFS' }))
      expect(await kernel.finished).toMatchObject({ differences: [] })
      transport.close()
      transport.close()
      capture = again.bytes
    }
  })

  test('using the socket in another way is a difference', async () => {
    const sink = new MemorySink()
    const file = new Recording(sink, () => {})
    file.event(file.open('netlink', 1), 'outbound', 'noop', { call: 'join', arguments: [1] })
    file.close()
    const other = await replay(sink.bytes)
    expect(() => other.join(3)).toThrow('record 1: the socket is used in another way\n- join(1)\n+ join(3)')
    const none = await replay(sink.bytes)
    await expect(none.finished).rejects.toThrow('record 1: the socket is used in another way\n- join(1)')
  })

  test('is known as one, and told from a capture of packets', async () => {
    expect(await captureKind(readCapture(recording(session)))).toBe('netlink')
    expect(await captureKind(readCapture(recording([])))).toBe('empty')
    expect(await captureKind(readCapture(captureFile(demo)))).toBe('packets')
    await expect(captureKind(readCapture(Uint8Array.of(1, 2, 3, 4, 5)))).rejects.toMatchObject({
      problem: 'unsupported',
    })
  })

  test('is in the file after each turn, not only at the end', async () => {
    const sink = new MemorySink()
    const kernel = await replay(recording([['>', bind(1)]]))
    const transport = record(kernel, sink)
    transport.send(bind(1))
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    expect(await lines(sink.bytes)).toHaveLength(1)
    transport.close()
  })

  test('closes its file with the last socket', async () => {
    const sink = {
      written: new MemorySink(),
      closed: 0,
      write: (bytes: Uint8Array) => sink.written.write(bytes),
      close: () => void sink.closed++,
    }
    const transport = record(await replay(recording([['>', bind(1)]])), sink)
    const sibling = transport.sibling()
    transport.close()
    expect(sink.closed).toBe(0)
    sibling.close()
    expect(sink.closed).toBe(1)
  })

  test('that cannot be written does not stop the session', async () => {
    const full: CaptureSink = {
      write() {
        throw new Error('ENOSPC: no space left on device')
      },
      close() {},
    }
    const onError = vi.fn()
    const kernel = await replay(recording(session))
    expect(await run(record(kernel, full, { onError }), kernel.quiet, decide)).toEqual([1, 1, 2])
    expect(onError.mock.calls).toEqual([[expect.objectContaining({ message: expect.stringContaining('ENOSPC') })]])
  })
})

const hasTshark = spawnSync('tshark', ['--version']).error === undefined

describe.skipIf(!hasTshark)(`in Wireshark${hasTshark ? '' : ', no tshark'}`, () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'record-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  test('a recording is dissected as netfilter netlink, with sockets, directions and calls', async () => {
    const path = join(folder, 'session.pcapng')
    const kernel = await replay(recording(session), { onDifference: 'collect' })
    const transport = record(kernel, new FileSink(path))
    transport.set('extendedAck', true)
    await run(transport, kernel.quiet, decide)
    const fields = ['frame.interface_name', 'frame.packet_flags_direction', 'frame.protocols', 'frame.comment']
    const read = execFileSync('tshark', ['-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
    const rows = read
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'))
    expect(rows).toHaveLength(1 + session.length)
    expect(rows[0]).toEqual([
      'netlink',
      '0x00000002',
      'netlink',
      'nfkit {"call":"set","arguments":["extendedAck",true]}',
    ])
    expect(rows[1]?.slice(0, 3)).toEqual(['netlink', '0x00000002', 'netlink:netlink-netfilter'])
    expect(rows.filter(([name]) => name === 'netlink.1')).toHaveLength(3)
    expect(read).not.toContain('malformed')
  })
})
