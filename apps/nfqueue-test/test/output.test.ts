import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { linktype, MemorySink, PcapngWriter, readCapture, record } from '@nfkit/capture'
import { udp } from '@nfkit/ip-codec/build'
import { openQueue } from '@nfkit/nfqueue'
import { SimulatedKernel } from '@nfkit/simulator'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Cli, cli, main } from './cli.ts'

const demo = join(import.meta.dirname, '../captures/demo.pcapng')
const lines = (text: string) => text.trimEnd().split('\n')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nfqueue-test-output-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A shell line, in which "$@" is the command line. */
function shell(line: string, ...args: string[]) {
  const run = spawnSync('bash', ['-c', line, 'bash', process.execPath, main, ...args], { encoding: 'utf8' })
  return { code: run.status, out: run.stdout, err: run.stderr }
}

describe('a full disk', () => {
  test.each([
    ['replay', [demo]],
    ['replay', [demo, '-q']],
    ['demo', []],
    ['decode', [join(import.meta.dirname, '../../../packages/netlink-codec/test/vectors/ct-crud.pcap')]],
    ['manual', []],
  ] as const)('behind %s is one sentence and exit code 1', (command, args) => {
    const run = shell('"$@" > /dev/full', command, ...args)
    expect(run.code).toBe(1)
    const told = lines(run.err).filter((line) => !line.includes('left out'))
    expect(told).toEqual([expect.stringMatching(/^nfqueue-test: standard output cannot be written.*ENOSPC/)])
  })

  test('behind stderr, too, changes nothing', () => {
    const run = shell('"$@" 2> /dev/full', 'replay', demo, '-q')
    expect([run.code, run.out]).toEqual([0, '38 packets; verdicts: 38 accept\n'])
  })

  test('behind --write ends the file and nothing else', async () => {
    const run = await cli(['replay', demo, '-q', '--write', '/dev/full'])
    expect([run.code, run.out]).toEqual([1, '38 packets; verdicts: 38 accept\n'])
    expect(run.err).toMatch(/^nfqueue-test: \/dev\/full cannot be written any more, and is incomplete: ENOSPC.*$/m)
    expect(run.err.match(/ENOSPC/g)).toHaveLength(1)
  })
})

describe('a reader', () => {
  test('that goes away ends the program quietly', () => {
    const run = shell('set -o pipefail; "$@" | head -n 1', 'replay', long())
    expect([run.code, lines(run.out).length, run.err]).toEqual([0, 1, ''])
  })

  test('that goes away is no reason to be silent about what was left out of the capture so far', () => {
    const run = shell('"$@" | true', 'replay', long(1))
    expect([run.code, run.err]).toEqual([
      0,
      expect.stringMatching(/^nfqueue-test: 1 record is left out: 1 × [^\n]+\n$/),
    ])
  })

  test('that takes its time gets every line of a capture', async () => {
    const run = spawn(process.execPath, [main, 'replay', long(), '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    run.stderr.on('data', (chunk) => {
      err += chunk
    })
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    for await (const chunk of run.stdout) out += chunk
    expect(lines(out)).toHaveLength(5_001)
    expect(err).toBe('')
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'that takes nothing does not keep the program from ending at %s',
    async (signal) => {
      const run = spawn(process.execPath, [main, 'replay', long(), '--json'], { stdio: ['ignore', 'pipe', 'ignore'] })
      // As much as this side keeps is read, and nothing more.
      await once(run.stdout, 'readable')
      expect(run.exitCode).toBeNull()
      run.kill(signal)
      expect(await once(run, 'exit')).toEqual([0, null])
    },
  )
})

/** What a process has open. */
const openFiles = (pid: number) =>
  readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`, { encoding: 'utf8' }))

/** A capture whose packets take more than a pipe holds, behind so many that are none. */
function long(others = 0): string {
  const path = join(folder, `long-${others}.pcapng`)
  if (existsSync(path)) return path
  const sink = new MemorySink()
  const writer = new PcapngWriter(sink)
  writer.addInterface({ linktype: linktype.raw })
  const packet = Buffer.from('4500001c000100004011f6afc0000201c6336401040100350008abcd', 'hex')
  for (let i = 0; i < others; i++) writer.record({ interface: 0, timestampNs: 0n, parts: [packet.subarray(0, 1)] })
  for (let i = 0; i < 5_000; i++) writer.record({ interface: 0, timestampNs: BigInt(i) * 1_000n, parts: [packet] })
  writer.close()
  writeFileSync(path, sink.bytes)
  return path
}

describe('a file that is there is not destroyed', () => {
  const copy = (name: string) => {
    const path = join(folder, name)
    copyFileSync(demo, path)
    return path
  }
  const size = statSync(demo).size

  test('when it is the input, by whatever name', async () => {
    const [path, hard, soft] = [copy('input.pcapng'), join(folder, 'hard'), join(folder, 'soft')]
    linkSync(path, hard)
    symlinkSync(path, soft)
    for (const other of [path, hard, soft]) {
      const run = await cli(['replay', path, '-q', '--write', other])
      expect([run.code, run.out]).toEqual([1, ''])
      expect(run.err).toMatch(/^nfqueue-test: .* would be written over .*, which is the same file: name another one\n$/)
    }
    expect(shell(`"$@" < ${path}`, 'replay', '-', '--write', hard).code).toBe(1)
    expect(statSync(path).size).toBe(size)
  })

  test.each([
    ['the input is missing', ['replay', '/nonexistent.pcap']],
    ['the input is no capture', ['replay', import.meta.filename]],
    ['the handler is missing', ['replay', demo, '--handler', '/nonexistent.mjs']],
  ])('when %s', async (_, args) => {
    const path = copy('old.pcapng')
    expect((await cli([...args, '--write', path])).code).toBe(1)
    expect(statSync(path).size).toBe(size)
    const absent = join(folder, 'absent.pcapng')
    await cli([...args, '--write', absent])
    expect(existsSync(absent)).toBe(false)
  })

  test('by two outputs that are one', async () => {
    const path = join(folder, 'both.pcapng')
    const run = await cli(['9', '--write', path, '--record', join(folder, '.', 'both.pcapng')])
    expect([run.code, run.err]).toEqual([1, expect.stringContaining('is the same file')])
    expect(existsSync(path)).toBe(false)
  })
})

describe('a capture is read once', () => {
  const packets = '38 packets; verdicts: 38 accept\n'
  const ways: readonly [string, string][] = [
    ['-', `"$@" - < ${demo}`],
    ['- from a pipe', `cat ${demo} | "$@" -`],
    ['/dev/stdin', `cat ${demo} | "$@" /dev/stdin`],
    ['a process substitution', `"$@" <(cat ${demo})`],
    // The writer ends with the reader, and also where the reader never comes.
    [
      'a FIFO',
      `d=$(mktemp -d); mkfifo $d/f; cat ${demo} > $d/f & "$@" $d/f; r=$?; kill $! 2> /dev/null; rm -r $d; exit $r`,
    ],
    ['a pipe of gzip', `gzip < ${demo} | "$@" -`],
  ]
  test.each(ways)('replay from %s', (_, line) => {
    const run = shell(line, 'replay', '-q')
    expect([run.code, run.out]).toEqual([0, packets])
  })

  const vector = join(import.meta.dirname, '../../../packages/netlink-codec/test/vectors/nfq-c-ipv4.pcap')
  test('a recording from a pipe, of which the queue is looked up first', async () => {
    const [piped, named] = [shell(`cat ${vector} | "$@"`, 'replay', '-', '-q'), await cli(['replay', vector, '-q'])]
    expect([piped.code, piped.out, piped.err]).toEqual([named.code, named.out, named.err])
    expect(piped.out).toContain('17 packets')
  })

  test('decode from standard input: a capture, or hexadecimal', async () => {
    const named = await cli(['decode', vector])
    expect(shell(`cat ${vector} | "$@"`, 'decode').out).toBe(named.out)
    expect(shell(`cat ${vector} | "$@"`, 'decode', '/dev/stdin').out).toBe(named.out)
    expect((await cli(['decode'], '1c000000 02030500 01000000 00000000\n00000007 08000100 01000000')).out).toMatch(
      /NFQNL/,
    )
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('a FIFO nobody writes is waited for until %s', async (signal) => {
    const path = join(folder, `fifo-${signal}`)
    spawnSync('mkfifo', [path])
    const run = new Cli(['replay', path])
    await vi.waitFor(() => expect(openFiles(run.process.pid!)).toContain(path), { timeout: 30_000 })
    expect(run.code).toBeUndefined()
    run.process.kill(signal)
    await run.ended()
  })

  test('a pipe that stays open is left at an interrupt, with what came so far', async () => {
    const { out, err } = await leftOpen(readFileSync(demo), /#3\d/)
    expect(out).toMatch(/\n3\d packets/)
    expect(err).toMatch(/^nfqueue-test: 2 records are left out: 2 × an ARP message, not IP$/m)
  })

  test('the same of a recording, of which nothing is compared', async () => {
    const sink = new MemorySink()
    const kernel = new SimulatedKernel()
    const queue = await openQueue(record(kernel.connect(), sink), { number: 0 })
    queue.run((packet) => packet.accept())
    // More than is read in advance.
    for (let i = 0; i < 1_000; i++) await kernel.deliver(udp('10.0.0.1:4000 > 10.0.0.2:53'))
    const { out, err } = await leftOpen(sink.bytes, /#500 /)
    expect(out).toMatch(/\n\d{3} packets/)
    expect(err).not.toContain('as recorded')
    await queue.close()
  })

  test('a pipe that stays open is left when the reader has gone', async () => {
    const run = spawn(process.execPath, [main, 'replay', '-'], { stdio: ['pipe', 'pipe', 'ignore'] })
    run.stdin.write(readFileSync(demo))
    await once(run.stdout, 'data')
    run.stdout.destroy()
    // It is seen where more is printed, which may have been before.
    run.stdin.on('error', () => {})
    run.stdin.write(readFileSync(demo))
    expect(await once(run, 'exit')).toEqual([0, null])
  })

  test('a recording that has not come to its queue is left at an interrupt', async () => {
    const whole = readFileSync(vector)
    const offsets: number[] = []
    for await (const { offset } of readCapture(whole)) offsets.push(offset)
    const path = join(folder, 'fifo-begun')
    spawnSync('mkfifo', [path])
    const run = new Cli(['replay', path])
    // Opened when the program reads it.
    const writer = await open(path, 'w')
    await writer.write(whole.subarray(0, offsets[1]))
    await sleep(200)
    run.process.kill('SIGTERM')
    await run.ended()
    await writer.close()
    expect([run.code, run.out, run.err]).toEqual([0, '', ''])
  })

  /** What is printed of a capture on a pipe that stays open, up to an interrupt when so much of it is seen. */
  async function leftOpen(capture: Uint8Array, seen: RegExp) {
    const run = spawn(process.execPath, [main, 'replay', '-'], { stdio: ['pipe', 'pipe', 'pipe'] })
    run.stdin.write(capture)
    let [out, err] = ['', '']
    run.stderr.on('data', (chunk) => {
      err += chunk
    })
    run.stdout.on('data', (chunk) => {
      out += chunk
      if (seen.test(out) && !run.killed) run.kill('SIGTERM')
    })
    await once(run, 'close')
    return { out, err }
  }
})
